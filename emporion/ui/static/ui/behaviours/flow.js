// data-flow on a figure: visitors as a line, the period before dashed, revenue as bars, drawn with uPlot from the table beside
// it. The pointer and the arrow keys move through the steps; what stands there is said in the reading line above the chart.
// Notes (`[data-notes] li[data-step]`) become flags, numbered dots where there is no room.
import { arrive } from "./arrive.js";

const NARROW = 640;
const FLAG_WIDTH = 190;
const ROW = 29;
const VISITORS = 3; // the series that is drawn last
const AXES = 94;
const words = (style) => new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1, ...style });

arrive("[data-flow]", async (figure) => {
  const { default: uPlot } = await import("../vendor/uPlot.esm.js");
  const state = { figure, rows: [...figure.querySelectorAll("tbody tr")], plot: null, hot: null };
  if (!state.rows.length) return;
  const again = () => draw(uPlot, state);
  again();
  let width = figure.clientWidth;
  new ResizeObserver(() => {
    if (figure.clientWidth === width || !figure.isConnected) return;
    width = figure.clientWidth;
    again();
  }).observe(figure);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  listen(state);
});

const numbers = (rows, column) => rows.map((row) => (row.cells[column].dataset.value ? Number(row.cells[column].dataset.value) : null));

function look(figure) {
  const of = (name) => getComputedStyle(figure.querySelector(`.swatch${name}`));
  const [line, money, past, fresh, ink] = ["", ".money", ".past", ".fresh", ".ink"].map(of);
  return {
    line: line.color, area: line.backgroundColor, bar: money.backgroundColor, hot: money.color, fresh: fresh.backgroundColor,
    past: past.color, grid: past.backgroundColor, left: ink.color, right: ink.backgroundColor, paper: of(".paper").color,
  };
}

function draw(uPlot, state) {
  const { figure, rows } = state;
  const place = figure.querySelector(".canvas");
  state.plot?.destroy();
  place.replaceChildren();
  const pins = figure.querySelector(".flags");
  pins.replaceChildren();
  const notes = flags(figure, place.clientWidth, rows.length);
  state.plot = new uPlot(options(uPlot, state, place, { ...notes, pins }), [rows.map((_, at) => at), numbers(rows, 3), numbers(rows, 2), numbers(rows, 1)], place);
}

function options(uPlot, state, place, notes) {
  const { figure, rows } = state;
  const colour = look(figure);
  const isNarrow = place.clientWidth < NARROW;
  const font = `450 11.5px ${getComputedStyle(figure).fontFamily}`;
  const compact = { v: words(), m: words({ style: "currency", currency: figure.dataset.currency }) };
  const axis = { font, ticks: { show: false }, grid: { stroke: colour.grid, width: 1 } };
  const fills = () => rows.map((row, at) => (at === state.hot ? colour.hot : row.dataset.partial === undefined ? colour.bar : colour.fresh));
  return {
    width: place.clientWidth,
    height: (isNarrow ? 200 : 270) + notes.rows * ROW,
    padding: [notes.rows * ROW + 8, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, x: true, drag: { x: false, y: false }, points: { size: 10, width: 2.5, stroke: () => colour.line, fill: () => colour.paper, show: (_, at) => at === VISITORS && document.createElement("div") } },
    scales: {
      x: { time: false, range: () => [-0.6, rows.length - 0.4] },
      v: { range: (_, low, high) => [0, (high || 1) * 1.12] },
      m: { range: (_, low, high) => [Math.min(0, low), (high || 1) * 1.75] },
    },
    axes: [
      { ...axis, stroke: colour.past, size: 28, grid: { show: false }, space: isNarrow ? 62 : 74, incrs: [1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 30, 60, 90], values: (_, ticks) => ticks.map((tick) => rows[tick]?.cells[0].dataset.short ?? "") },
      { ...axis, scale: "v", space: 48, stroke: colour.left, size: 42, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? compact.v.format(tick) : "")) },
      { ...axis, scale: "m", side: 1, space: 48, stroke: colour.right, size: 52, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => compact.m.format(tick)) },
    ],
    series: [
      {},
      { scale: "m", fill: colour.bar, width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.72, 30], radius: 0.16, disp: { fill: { unit: 3, values: fills } } }) },
      { scale: "v", space: 48, stroke: colour.past, width: 1.5, dash: [3, 4], points: { show: false }, paths: uPlot.paths.spline() },
      { scale: "v", space: 48, stroke: colour.line, fill: colour.area, width: 2.25, points: { show: rows.length === 1 }, paths: uPlot.paths.spline() },
    ],
    hooks: { ready: [(plot) => pin(plot, place, notes)], setCursor: [(plot) => tell(state, plot.cursor.idx)] },
  };
}

function tell(state, at) {
  if (at == null || at === state.hot || !state.rows[at]) return;
  state.hot = at;
  const [when, ...cells] = state.rows[at].cells;
  const said = [when, ...cells].map((cell) => cell.textContent.trim());
  for (const part of document.querySelectorAll(`[data-read="${state.figure.id}"] [data-part]`)) part.textContent = said[Number(part.dataset.part)];
  const slider = state.figure.querySelector(".canvas");
  slider.setAttribute("aria-valuenow", String(at));
  slider.setAttribute("aria-valuetext", state.rows[at].dataset.words);
  state.plot?.redraw(true, false);
}

function listen(state) {
  const slider = state.figure.querySelector(".canvas");
  const last = state.rows.length - 1;
  slider.addEventListener("keydown", (event) => {
    const now = state.hot ?? last;
    const next = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(last, next));
    state.plot.setCursor({ left: state.plot.valToPos(at, "x"), top: 40 });
    tell(state, at);
  });
}

function flags(figure, width, steps) {
  const items = [...document.querySelectorAll(`[data-notes="${figure.id}"] li`)];
  const places = items.map((item) => Number(item.dataset.step) * ((width - AXES) / steps));
  const isClose = places.some((x, at) => at && x - places[at - 1] < FLAG_WIDTH);
  const isNarrow = width < NARROW;
  return { items, isNarrow, rows: items.length ? (isClose && !isNarrow ? 2 : 1) : 0 };
}

// A flag goes to the second row where it would cover its neighbour, and becomes a dot where that is taken too.
function pin(plot, place, { items, isNarrow, rows, pins }) {
  const ends = [-Infinity, -Infinity];
  const ratio = devicePixelRatio;
  for (const item of items) {
    const x = plot.bbox.left / ratio + plot.valToPos(Number(item.dataset.step), "x");
    const row = isNarrow ? -1 : ends.findIndex((end, at) => at < rows && x > end);
    const flag = Object.assign(document.createElement("button"), { type: "button", className: "flag", title: item.querySelector(".text").textContent });
    if (row < 0) {
      flag.classList.add("dotted");
      flag.textContent = item.dataset.number;
      flag.setAttribute("aria-label", flag.title);
    } else {
      const label = Object.assign(document.createElement("span"), { textContent: flag.title });
      flag.append(item.querySelector(".icon").cloneNode(true), label);
    }
    const line = Object.assign(document.createElement("i"), { className: "flag-line" });
    pins.append(line, flag);
    const width = flag.offsetWidth;
    const left = Math.min(Math.max(x - Math.min(14, width / 2), 0), place.clientWidth - width);
    const top = Math.max(row, 0) * ROW;
    if (row >= 0) ends[row] = left + Math.min(width, FLAG_WIDTH) + 6;
    Object.assign(flag.style, { left: `${left}px`, top: `${top}px` });
    Object.assign(line.style, { left: `${x}px`, top: `${top + flag.offsetHeight}px`, height: `${(plot.bbox.top + plot.bbox.height) / ratio - top - flag.offsetHeight}px` });
    flag.addEventListener("click", () => {
      const box = item.closest("details");
      if (box) box.open = true;
      item.tabIndex = -1;
      item.focus();
    });
  }
}
