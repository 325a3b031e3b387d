// data-drop: files may be dropped on it. They become the files of its own input, whose form is sent (htmx shows the rows).
document.addEventListener("dragover", (event) => {
  const drop = event.target.closest?.("[data-drop]");
  if (!drop) return;
  event.preventDefault();
  drop.dataset.over = "";
});

for (const name of ["dragleave", "drop"]) {
  document.addEventListener(name, (event) => delete event.target.closest?.("[data-drop]")?.dataset.over);
}

document.addEventListener("drop", (event) => {
  const input = event.target.closest?.("[data-drop]")?.querySelector('input[type="file"]');
  if (!input || !event.dataTransfer.files.length) return;
  event.preventDefault();
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  const drop = event.target.closest?.("[data-drop]");
  if (drop && event.target.type === "file" && event.target.files.length) event.target.form?.requestSubmit();
});
