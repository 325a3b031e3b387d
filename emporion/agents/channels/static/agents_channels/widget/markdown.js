/* The little Markdown that answers use, as DOM nodes: nothing that an answer contains is ever parsed as HTML. */
const INLINE = /(`[^`]+`)|\*\*([^*]+)\*\*|\[(\d{1,2})\]|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TH: "columnheader", TD: "cell" };

export function render(text, cite) {
  const root = document.createDocumentFragment();
  let rows = [];
  const place = (made) => {
    if (rows.length) root.append(tableOf(rows, cite));
    rows = [];
    root.append(made);
  };
  const addRow = (row) => {
    if (rows.length && !isMore(row, rows)) place("");
    rows.push(row);
  };
  for (const block of text.split(/\n{2,}/)) {
    if (block.startsWith("```")) {
      place(node("pre", node("code", block.replace(/^```\w*\n?|\n?```$/g, ""))));
      continue;
    }
    const lines = block.split("\n");
    const row = rowOf(lines);
    if (row) {
      addRow(row);
      continue;
    }
    let list = null, quote = null, words = [];
    const flush = () => { if (words.length) place(inline(node("p"), words.join("\n"), cite)); words = []; };
    for (const line of lines) {
      const item = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/.exec(line);
      const cited = /^>\s?(.*)$/.exec(line);
      const row = rowOf(line.split("; "));
      if (row) {
        flush();
        list = quote = null;
        addRow(row);
      } else if (item) {
        flush();
        const kind = item[1] ? "OL" : "UL";
        if (!list || list.nodeName !== kind) place((list = node(kind)));
        list.append(inline(node("li"), item[2], cite));
      } else if (cited) {
        flush();
        if (!quote) place((quote = node("blockquote")));
        quote.append(inline(node("p"), cited[1], cite));
      } else {
        list = quote = null;
        words.push(line.replace(/^#{1,6}\s+/, ""));
      }
    }
    flush();
  }
  place("");
  return root;
}

// The row of a table, by column: parts that are all “column: value”; undefined where any is something else or comes twice.
function rowOf(parts) {
  const found = parts.map((part) => /^([^\s:;.!?][^:;.!?]{0,39}):\s+(\S.*)$/.exec(part));
  const row = new Map(found.every(Boolean) ? found.map(([, name, value]) => [name, value]) : []);
  return parts.length > 1 && row.size === parts.length ? row : undefined;
}

// Whether a row is of the same table as those before it: it begins with the same column and shares another; cells may be empty.
function isMore(row, rows) {
  const first = ([name]) => name;
  return first(row.keys()) === first(rows[0].keys()) && [...row.keys()].filter((name) => rows.some((one) => one.has(name))).length > 1;
}

// A row column by column, which a phone has room for; more below each other. Four columns or more are read row by row where there
// is no room, each cell after its column's name; the roles keep that a table, and its sources stand first, where they are in sight.
function tableOf(rows, cite) {
  const cell = (kind, words) => inline(node(kind), words, cite);
  if (rows.length === 1) return node("dl", ...[...rows[0]].flatMap(([name, value]) => [node("dt", name), cell("dd", value)]));
  const names = [];
  for (const row of rows) {
    let at = 0;
    for (const name of row.keys()) {
      if (!names.includes(name)) names.splice(at, 0, name);
      at = names.indexOf(name) + 1;
    }
  }
  const isWide = names.length > 3;
  if (isWide) rows.forEach(markFirst);
  const head = node("thead", node("tr", ...names.map((name) => node("th", name))));
  const body = node("tbody", ...rows.map((row) => node("tr", ...names.map((name) => cell("td", row.get(name) ?? "")))));
  const table = node("table", head, body);
  if (isWide) {
    for (const one of [table, ...table.querySelectorAll("*")]) if (ROLES[one.nodeName]) one.setAttribute("role", ROLES[one.nodeName]);
    for (const one of table.querySelectorAll("td")) one.dataset.label = names[one.cellIndex];
  }
  return Object.assign(node("div", table), { className: isWide ? "scroll wide" : "scroll", tabIndex: 0 });
}

// The mark of a source at the end of a row moves to the end of its first cell.
function markFirst(row) {
  const first = [...row.keys()][0], last = [...row.keys()].at(-1), mark = / \[\d{1,2}\]$/.exec(row.get(last))?.[0];
  if (!mark) return;
  row.set(last, row.get(last).slice(0, -mark.length));
  row.set(first, row.get(first) + mark);
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
