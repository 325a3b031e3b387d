// data-toast: a notice that leaves by itself after eight seconds, not while it is pointed at or focused; data-dismiss sends it away.
// data-undoable on a form: the thing nearest to it (`data-undoable="li"`) disappears at once, htmx deletes it, the answer
// brings a toast with Undo (ui/toast.html, sent with hx-swap-oob="beforeend:#toasts").
import { arrive } from "./arrive.js";

const STAYS_MS = 8_000;

arrive("[data-toast]", (toast) => {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, STAYS_MS / 2) : toast.remove());
  if (!toast.closest("[data-stay]")) setTimeout(leave, STAYS_MS);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest("[data-toast], .banner")?.remove();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("[data-toast] form");
  if (form && event.detail.successful) form.closest("[data-toast]").remove();
});

// A request that failed says so; a problem answer (RFC 9457) in its own words.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    const toast = document.getElementById("toast-failed").content.cloneNode(true);
    const words = problem(event.detail.xhr);
    if (words) toast.querySelector("p").textContent = words;
    document.getElementById("toasts").append(toast);
  });
}

function problem(answer) {
  if (!answer?.getResponseHeader("Content-Type")?.includes("json")) return "";
  const { title, detail, next_step: next } = JSON.parse(answer.responseText);
  return [detail ?? title, next].filter(Boolean).join(" ");
}

document.addEventListener("htmx:beforeRequest", (event) => row(event)?.setAttribute("hidden", ""));
document.addEventListener("htmx:afterRequest", (event) => {
  const gone = row(event);
  if (event.detail.successful) gone?.remove();
  else gone?.removeAttribute("hidden"); // it is still there, so it comes back
});

function row(event) {
  const form = event.detail.elt.closest?.("[data-undoable]");
  return form && form.closest(form.dataset.undoable);
}
