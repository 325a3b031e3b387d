// data-chart="line|bar" on a figure: draws the numbers of the table beside it with uPlot, which is loaded only then.
// Colours come from the legend, so that dark mode and the chart cannot disagree; the reading line replaces a tooltip.
import { arrive } from "./arrive.js";

arrive("[data-chart]", async (figure) => {
  const { default: uPlot } = await import("../vendor/uPlot.esm.js");
  figure.querySelector(".numbers").open = false;
  const table = read(figure);
  let plot = draw(uPlot, figure, table);
  const again = () => {
    plot.destroy();
    plot = draw(uPlot, figure, table);
  };
  let width = figure.clientWidth;
  new ResizeObserver(() => {
    if (figure.clientWidth === width || !figure.isConnected) return;
    width = figure.clientWidth;
    again();
  }).observe(figure);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
});

function read(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")];
  const labels = rows.map((row) => row.querySelector("th").textContent);
  const names = [...figure.querySelectorAll("thead th")].slice(1).map((head) => head.textContent);
  const columns = names.map((_, at) => rows.map((row) => number(row.querySelectorAll("td")[at].dataset.value)));
  return { labels, names, columns };
}

const number = (text) => (text === "" ? null : Number(text));

function draw(uPlot, figure, { labels, names, columns }) {
  const place = figure.querySelector(".plot");
  const keys = [...figure.querySelectorAll(".legend i")];
  const look = getComputedStyle(figure);
  const ink = getComputedStyle(figure.querySelector("figcaption output")).color;
  const line = getComputedStyle(figure.querySelector("th")).borderBottomColor;
  const isBar = figure.dataset.chart === "bar";
  const axis = { stroke: ink, font: `500 11px ${look.fontFamily}`, ticks: { show: false }, grid: { stroke: line, width: 1 } };
  const series = keys.map((key, at) => ({
    label: names[at],
    stroke: getComputedStyle(key).color,
    fill: isBar ? getComputedStyle(key).color : undefined,
    width: isBar ? 0 : 2,
    dash: key.classList.contains("dash") ? [2, 4] : undefined,
    paths: isBar ? uPlot.paths.bars({ size: [0.72, 64], radius: 0.15 }) : undefined,
    points: { show: false },
  }));
  const options = {
    width: place.clientWidth,
    height: 220,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: { x: { time: false, range: (_, low, high) => (isBar ? [low - 0.6, high + 0.6] : [low, high]) }, y: { range: (_, low, high) => [Math.min(0, low), high * 1.08 || 1] } },
    axes: [
      { ...axis, size: 30, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => labels[tick] ?? ""), space: 64, incrs: [1, 2, 5, 7, 10, 14, 30, 60, 90] },
      { ...axis, size: 48, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString(document.documentElement.lang)) },
    ],
    series: [{}, ...series],
    hooks: { setCursor: [(plot) => tell(figure, plot.cursor.idx, { labels, names })] },
  };
  return new uPlot(options, [labels.map((_, at) => at), ...columns], place);
}

function tell(figure, at, { labels, names }) {
  const cells = at == null ? [] : [...figure.querySelectorAll("tbody tr")[at].querySelectorAll("td")];
  const parts = cells.map((cell, column) => `${names[column]} ${cell.textContent}`);
  figure.querySelector("[data-reading]").textContent = at == null ? "" : `${labels[at]}: ${parts.join(", ")}`;
}
