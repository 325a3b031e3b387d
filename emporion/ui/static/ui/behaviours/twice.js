// form[method=post], form[hx-post]: the second click of a double click sends nothing, so that nothing is made or asked for twice.
document.addEventListener("click", (event) => {
  if (event.detail < 2) return;
  const button = event.target.closest?.("button, input[type=submit]");
  if (button?.type === "submit" && button.form?.matches("[method=post i], [hx-post]")) event.preventDefault();
});
