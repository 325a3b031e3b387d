// data-ago on <time>: keeps "2 min ago" true while the page stays open.
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
const SIX_DAYS_SECONDS = 6 * 86_400;
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "short" });

function refresh() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const away = (Date.parse(time.dateTime) - Date.now()) / 1000;
    if (Math.abs(away) >= SIX_DAYS_SECONDS) continue;
    const [unit, seconds] = UNITS.find(([, size]) => Math.abs(away) >= size) ?? UNITS.at(-1);
    time.textContent = words.format(Math.trunc(away / seconds), unit);
  }
}

setInterval(refresh, 20_000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
