// a[data-picture]: shows the picture large in dialog[data-viewer]; the arrow keys and data-turn go on to the others, Esc closes.
// Without this module, and with a modifier key, the link leads to the file.
const viewer = document.querySelector("dialog[data-viewer]");
const links = [...document.querySelectorAll("a[data-picture]")];
let shown = 0;

function show(number) {
  shown = (number + links.length) % links.length;
  const small = links[shown].querySelector("img");
  const large = viewer.querySelector("img");
  large.src = links[shown].getAttribute("href");
  large.alt = small.alt;
  large.width = small.getAttribute("width");
  large.height = small.getAttribute("height");
  viewer.querySelector("[data-words]").textContent = links[shown].parentElement.querySelector("figcaption")?.textContent ?? "";
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-picture]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    show(links.indexOf(link));
    viewer.showModal();
  }
  const turn = event.target.closest("[data-turn]");
  if (turn) show(shown + Number(turn.dataset.turn));
});

viewer?.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step && links.length > 1) {
    event.preventDefault();
    show(shown + step);
  }
});
viewer?.addEventListener("close", () => links[shown].focus());
