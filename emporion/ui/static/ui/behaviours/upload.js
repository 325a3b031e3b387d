// data-upload="bytes": a form whose files are sent with a bar that fills, and not at all when they are more than so many bytes.
// The page then goes where the answer came from; a refusal is asked for again by the browser itself, which shows it.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.upload || event.defaultPrevented) return;
  event.preventDefault();
  const files = [...form.querySelectorAll('input[type="file"]')].flatMap((input) => [...input.files]);
  const isTooLarge = files.reduce((sum, file) => sum + file.size, 0) > Number(form.dataset.upload);
  form.querySelector("[data-upload-refused]").hidden = !isTooLarge;
  form.querySelector("[data-upload-sent]").hidden = isTooLarge;
  if (isTooLarge) form.reset();
  else send(form);
});

function send(form) {
  const bar = form.querySelector('[data-upload-sent] [role="progressbar"]');
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    const percent = total ? Math.floor((100 * loaded) / total) : 0;
    bar.setAttribute("aria-valuenow", percent);
    bar.querySelector("rect").setAttribute("width", `${percent}%`);
  });
  request.addEventListener("load", () => (request.status < 400 ? location.assign(request.responseURL) : form.submit()));
  request.addEventListener("error", () => form.submit());
  request.open("POST", form.action);
  request.send(new FormData(form));
}
