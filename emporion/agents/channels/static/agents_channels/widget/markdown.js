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
    const row = lines.length > 1 && rowOf(lines);
    if (row) {
      addRow(root, row, cite);
      continue;
    }
    let list = null, quote = null, words = [];
    const flush = () => { if (words.length) root.append(inline(node("p"), words.join("\n"), cite)); words = []; };
    for (const line of lines) {
      const item = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/.exec(line);
      const cited = /^>\s?(.*)$/.exec(line);
      const row = rowOf(line.split("; "));
      if (row) {
        flush();
        list = quote = null;
        addRow(root, row, cite);
      } else if (item) {
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

// The row of a table: parts that are all “column: value”; undefined where any is something else.
function rowOf(parts) {
  const found = parts.map((part) => /^([^\s:;.!?][^:;.!?]{0,39}):\s+(\S.*)$/.exec(part));
  return parts.length > 1 && found.every(Boolean) ? found.map(([, name, value]) => [name, value]) : undefined;
}

// A row column by column; more with the same columns below each other.
function addRow(root, row, cite) {
  const names = row.map(([name]) => name).join("\n"), before = root.lastElementChild;
  const body = before?.dataset.columns === names && (before.tBodies?.[0] ?? asTable(before));
  const made = node(body ? "tr" : "dl");
  for (const [name, value] of row) {
    if (!body) made.append(node("dt", name));
    made.append(inline(node(body ? "td" : "dd"), value, cite));
  }
  if (!body) made.dataset.columns = names;
  (body || root).append(made);
}

function asTable(fields) {
  const body = node("tbody", node("tr"));
  const head = node("tr");
  for (const one of [...fields.children]) {
    if (one.nodeName === "DT") head.append(node("th", ...one.childNodes));
    else body.lastChild.append(node("td", ...one.childNodes));
  }
  const table = node("table", node("thead", head), body);
  table.dataset.columns = fields.dataset.columns;
  fields.replaceWith(table);
  return body;
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
