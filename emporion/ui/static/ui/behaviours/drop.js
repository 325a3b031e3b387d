// data-drop: files and folders may be dropped on it. They become the files of its first input, whose form is sent (htmx shows the
// rows). Of a folder, dropped or chosen, come the files that the input accepts, each with its path for a name.
document.addEventListener("dragover", (event) => {
  const drop = event.target.closest?.("[data-drop]");
  if (!drop) return;
  event.preventDefault();
  drop.dataset.over = "";
});

for (const name of ["dragleave", "drop"]) {
  document.addEventListener(name, (event) => delete event.target.closest?.("[data-drop]")?.dataset.over);
}

document.addEventListener("drop", async (event) => {
  const input = inputOf(event.target);
  const { files, items } = event.dataTransfer;
  if (!input || !files.length) return;
  event.preventDefault();
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean); // gone once this function waits
  const isFolder = input.multiple && entries.some((entry) => entry.isDirectory);
  give(input, isFolder ? readable((await Promise.all(entries.map(filesIn))).flat(), input.accept) : [...files]);
});

document.addEventListener("change", (event) => {
  const input = inputOf(event.target);
  if (!input || event.target.type !== "file" || !event.target.files.length) return;
  if (event.target === input) return input.form?.requestSubmit();
  const files = [...event.target.files].map((file) => named(file, file.webkitRelativePath || file.name));
  event.target.value = ""; // else they are sent twice
  give(input, readable(files, input.accept));
});

// What was chosen before is forgotten, so that the same file can be chosen again once it has changed.
document.addEventListener("click", (event) => {
  if (event.target.type === "file" && inputOf(event.target)) event.target.value = "";
});

function inputOf(element) {
  return element.closest?.("[data-drop]")?.querySelector('input[type="file"]');
}

function give(input, files) {
  const given = new DataTransfer();
  for (const file of files) given.items.add(file);
  input.files = given.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

async function filesIn(entry) {
  if (entry.isFile) return [named(await new Promise((found, failed) => entry.file(found, failed)), entry.fullPath.slice(1))];
  const reader = entry.createReader();
  const inside = [];
  for (let some = [null]; some.length; inside.push(...some)) {
    some = await new Promise((found, failed) => reader.readEntries(found, failed)); // a hundred at a time
  }
  return (await Promise.all(inside.map(filesIn))).flat();
}

function named(file, path) {
  return new File([file], path, { type: file.type, lastModified: file.lastModified });
}

// Without any that can be read all are sent, so that each is refused with its reason.
function readable(files, accept) {
  const kinds = accept.split(",").map((kind) => kind.trim());
  const isReadable = ({ name }) =>
    !name.includes("/") || (!/(^|\/)\./.test(name) && kinds.some((kind) => name.toLowerCase().endsWith(kind)));
  const found = files.filter(isReadable);
  return found.length ? found : files;
}
