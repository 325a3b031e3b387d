// data-autosubmit: a filter or setting that takes effect when it is changed. Without JavaScript its form keeps a button.
document.addEventListener("change", (event) => {
  if (event.target.closest?.("[data-autosubmit]")) event.target.form?.requestSubmit();
});
