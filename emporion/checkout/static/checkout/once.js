// form[data-once]: is sent once. A second click while the first is on its way does nothing; coming back makes it ready again.
// A page that the browser kept as it was when it was sent is loaded anew: meanwhile what it offers may have been bought.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
});

window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("form[data-once][data-sent]")) return location.reload();
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});
