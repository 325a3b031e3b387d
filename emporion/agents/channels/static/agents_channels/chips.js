// data-chips="lines" or "words": a text area whose lines become chips with a field to add one. Without this script, and when it is
// sent, it stays the text area that it is.
for (const area of document.querySelectorAll("textarea[data-chips]")) enhance(area);

function enhance(area) {
  const box = document.createElement("div"), list = document.createElement("ul"), isWords = area.dataset.chips === "words";
  // A text area takes pasted and dictated lines in as lines; in an input they would run together.
  const field = document.createElement(isWords ? "input" : "textarea");
  box.className = "chips-field";
  list.className = "chips";
  field.className = "input";
  if (isWords) field.type = "text";
  else field.rows = 1;
  field.autocomplete = "off";
  field.id = area.id;
  for (const name of ["aria-describedby", "aria-invalid"]) if (area.hasAttribute(name)) field.setAttribute(name, area.getAttribute(name));
  area.removeAttribute("id");
  area.hidden = true;
  const split = (text, apart) => text.split(apart).map((part) => part.trim()).filter(Boolean);
  // Words that are no host names stay together as they were written, so that the server can say what is wrong with them.
  const parts = (text) => split(text, /\n+/).flatMap((line) => {
    const words = isWords ? split(line, /[\s,;]+/) : [line];
    return words.every(isHost) ? words : [line];
  });
  let chosen = parts(area.value);

  function put(parts) {
    chosen = [...new Set(parts)];
    area.value = chosen.join("\n");
    list.replaceChildren(...chosen.map(chip));
    list.hidden = !chosen.length;
  }
  function chip(text) {
    const item = document.createElement("li"), cross = document.createElement("button");
    item.className = "chip filter";
    cross.type = "button";
    cross.textContent = "×";
    cross.setAttribute("aria-label", `${area.dataset.remove} ${text}`);
    cross.addEventListener("click", () => { put(chosen.filter((other) => other !== text)); field.focus(); });
    const words = document.createElement("span");
    words.textContent = text;
    item.append(words, cross);
    return item;
  }
  function take() {
    if (field.value.trim()) put([...chosen, ...parts(field.value)]);
    field.value = "";
  }

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const adds = event.key === "Enter" || (isWords && [",", " "].includes(event.key) && isHost(field.value.trim()));
    if (adds && field.value.trim()) { event.preventDefault(); take(); }
    else if (event.key === "Backspace" && !field.value && chosen.length) { event.preventDefault(); field.value = chosen.at(-1); put(chosen.slice(0, -1)); }
  });
  field.addEventListener("paste", (event) => {
    const pasted = event.clipboardData.getData("text");
    if (parts(pasted).length > 1) { event.preventDefault(); put([...chosen, ...parts(pasted)]); }
  });
  field.addEventListener("input", () => { if (field.value.includes("\n")) take(); });
  // A chip that appears while a button is pressed would move the button away from under the pointer; sending takes it along.
  field.addEventListener("blur", (event) => { if (event.relatedTarget?.type !== "submit") take(); });
  area.form?.addEventListener("submit", take);
  area.before(box);
  box.append(list, field);
  put(chosen);
}

function isHost(word) {
  return /^[^\s/]*[.:][^\s/]*$|^localhost$/.test(word.replace(/^https?:\/\//, "").replace(/\/.*$/, ""));
}
