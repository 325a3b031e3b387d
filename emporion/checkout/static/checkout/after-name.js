// [data-after-name]: the organization that will be made is shown with the name of its person while it is typed.
document.addEventListener("input", ({ target }) => {
  if (target.name !== "name") return;
  const shown = target.form?.querySelector("[data-after-name]");
  if (!shown || target.form.elements.organisation_name?.value) return;
  const name = target.value.trim();
  shown.textContent = name ? shown.dataset.afterName.replace("{name}", () => name) : shown.dataset.unnamed;
});
