// data-branding: the preview follows the form while it is filled in: colour, contrast, welcome message, suggested questions.
document.addEventListener("input", (event) => {
  const page = event.target.closest?.("[data-branding]");
  if (!page) return;
  if (event.target.name === "colour") paint(page, event.target.value);
  if (event.target.name === "welcome") page.querySelector('[data-shows="welcome"]').textContent = event.target.value;
  if (event.target.name === "suggestions") suggest(page, event.target.value);
});

function paint(page, colour) {
  for (const shape of page.querySelectorAll("[data-fill]")) shape.setAttribute("fill", colour);
  const note = page.querySelector("[data-contrast]");
  note.hidden = !/^#[0-9a-f]{6}$/i.test(colour);
  note.textContent = note.textContent.replace(/\d+([.,]\d+)?/, contrast(colour).toFixed(1));
}

function suggest(page, text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, 6);
  const chips = lines.map((line) => Object.assign(document.createElement("span"), { textContent: line }));
  page.querySelector('[data-shows="suggestions"]').replaceChildren(...chips);
}

// Contrast with white (WCAG 2.2).
function contrast(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}
