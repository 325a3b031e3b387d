// data-contrast-of="id": the figure in this note follows the colour of that field, written on in white or near black as the widget does.
for (const note of document.querySelectorAll("[data-contrast-of]")) {
  const field = document.getElementById(note.dataset.contrastOf);
  field?.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(field.value)) note.textContent = note.textContent.replace(/\d+([.,]\d+)?/, contrast(field.value).toFixed(1));
  });
}

// WCAG 2.2: the better of the two inks.
function contrast(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return Math.max(1.05 / (light + 0.05), (light + 0.05) / (0.0103 + 0.05));
}
