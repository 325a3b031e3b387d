/* The little Markdown that answers use, as DOM nodes: nothing that an answer contains is ever parsed as HTML. */
const INLINE = /(`[^`]+`)|\*\*([^*]+)\*\*|\[(\d{1,2})\]|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

export function render(text, cite) {
  const root = document.createDocumentFragment();
  const blocks = text.split(/\n{2,}/);
  for (const block of blocks) {
    if (block.startsWith("```")) {
      root.append(node("pre", node("code", block.replace(/^```\w*\n?|\n?```$/g, ""))));
      continue;
    }
    const lines = block.split("\n");
    const fields = lines.map((line) => /^([^\s:.!?][^:.!?]{0,39}):\s+(\S.*)$/.exec(line));
    if (lines.length > 1 && fields.every(Boolean)) { // the row of a table
      const row = node("dl");
      for (const [, name, value] of fields) row.append(node("dt", name), inline(node("dd"), value, cite));
      root.append(row);
      continue;
    }
    let list = null, quote = null, words = [];
    const flush = () => { if (words.length) root.append(inline(node("p"), words.join("\n"), cite)); words = []; };
    for (const line of lines) {
      const item = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/.exec(line);
      const cited = /^>\s?(.*)$/.exec(line);
      if (item) {
        flush();
        const kind = item[1] ? "OL" : "UL";
        if (!list || list.nodeName !== kind) root.append((list = node(kind)));
        list.append(inline(node("li"), item[2], cite));
      } else if (cited) {
        flush();
        if (!quote) root.append((quote = node("blockquote")));
        quote.append(inline(node("p"), cited[1], cite));
      } else {
        list = quote = null;
        words.push(line.replace(/^#{1,6}\s+/, ""));
      }
    }
    flush();
  }
  return root;
}

function inline(parent, text, cite) {
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    parent.append(text.slice(at, found.index));
    if (found[1]) parent.append(node("code", found[1].slice(1, -1)));
    else if (found[2]) parent.append(node("strong", found[2]));
    else if (found[3]) parent.append(cite(Number(found[3])) ?? found[0]);
    else parent.append(Object.assign(node("a", found[4]), { href: found[5], target: "_blank", rel: "noopener noreferrer" }));
    at = found.index + found[0].length;
  }
  parent.append(text.slice(at));
  return parent;
}

function node(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
