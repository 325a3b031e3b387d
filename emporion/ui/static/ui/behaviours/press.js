// data-press: a button that stays pressed (feedback, favourites); its siblings in the same form come up again.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-press]");
  if (!button) return;
  const isPressed = button.getAttribute("aria-pressed") === "true";
  for (const sibling of button.form?.querySelectorAll("[data-press]") ?? []) sibling.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-pressed", String(!isPressed));
});
