// data-dialog="id": opens the native dialog with that id. A click on the veil closes it, Esc does so by itself.
// <dialog data-open> that the server sends opens when it arrives (a form that came back with errors).
import { arrive } from "./arrive.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) return document.getElementById(opener.dataset.dialog)?.showModal();
  const dialog = event.target;
  if (dialog instanceof HTMLDialogElement && dialog.open && isOutside(dialog, event)) dialog.close();
});

arrive("dialog[data-open]", (dialog) => dialog.showModal());

function isOutside(dialog, { clientX, clientY, detail }) {
  if (detail === 0) return false; // a click by keyboard has no place
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
