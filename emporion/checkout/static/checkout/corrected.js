// form[data-corrected]: what was wrong with a field is no longer said once the field changes; whether it is right now, the server says.
// [data-corrects="name"] is around controls whose error stands elsewhere, [data-error-of="name"] is such an error.
function forget(error) {
  for (const control of document.querySelectorAll(`[aria-describedby~="${error.id}"]`)) {
    const others = control.getAttribute("aria-describedby").split(/\s+/).filter((id) => id !== error.id);
    if (others.length) control.setAttribute("aria-describedby", others.join(" "));
    else control.removeAttribute("aria-describedby");
    control.removeAttribute("aria-invalid");
  }
  error.remove();
}

function clear(event) {
  const form = event.target.closest?.("form[data-corrected]");
  if (!form) return;
  const name = event.target.closest("[data-corrects]")?.dataset.corrects ?? event.target.name;
  const away = name ? form.querySelectorAll(`[data-error-of="${name}"]`) : [];
  const own = event.target.closest(".field")?.querySelectorAll(":scope > [id$='_error']") ?? [];
  for (const error of [...away, ...own]) forget(error);
  const summary = form.querySelector("#errors");
  if (!form.querySelector(".field-error:not([hidden])") && !summary?.querySelector("[data-error-of]")) summary?.remove();
}

document.addEventListener("input", clear);
document.addEventListener("change", clear);
