// data-palette="url": ⌘K or Ctrl-K opens it; what is typed is fetched as ready-made options (ui/palette_results.html).
import { arrive } from "./arrive.js";

const TYPING_PAUSE_MS = 120;
let timer;
let latest = 0;

document.addEventListener("keydown", (event) => {
  const palette = document.querySelector("[data-palette]");
  if (!palette || event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
  event.preventDefault();
  if (!palette.open) palette.showModal();
});

document.addEventListener("input", (event) => {
  const palette = event.target.closest?.("[data-palette]");
  if (!palette) return;
  clearTimeout(timer);
  timer = setTimeout(() => search(palette), TYPING_PAUSE_MS);
});

if (!/Mac|iPhone|iPad/.test(navigator.userAgent)) arrive("[data-dialog=palette] kbd", (key) => (key.textContent = "Ctrl K"));

// A dialog tells nobody that it opened except by the focus that its input gets.
document.addEventListener("focusin", (event) => {
  const palette = event.target.closest?.("[data-palette]");
  if (palette && event.target.matches("input") && !list(palette).childElementCount) search(palette);
});

document.addEventListener("keydown", (event) => {
  const palette = event.target.closest?.("[data-palette]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!palette) return;
  if (step) {
    const options = [...list(palette).querySelectorAll('[role="option"]')];
    choose(palette, options.at((options.indexOf(chosen(palette)) + step) % options.length));
    event.preventDefault();
  } else if (event.key === "Enter" && chosen(palette)) {
    event.preventDefault();
    chosen(palette).click();
  }
});

const list = (palette) => palette.querySelector('[role="listbox"]');
const chosen = (palette) => palette.querySelector('[role="option"][aria-selected="true"]');

function choose(palette, option) {
  chosen(palette)?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  const input = palette.querySelector("input");
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

async function search(palette) {
  const asked = ++latest;
  const address = new URL(palette.dataset.palette, location.href);
  address.searchParams.set("q", palette.querySelector("input").value);
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok || asked !== latest) return;
  list(palette).innerHTML = await answer.text();
  choose(palette, list(palette).querySelector('[role="option"]'));
}
