// form[data-names-amount]: its button names the amount that is chosen or written.
const money = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "currency", currency: "USD" });

function name(form) {
  const other = Number(form.elements.other.value.replace(/[$, ]/g, ""));
  const chosen = form.querySelector("input[name=amount]:checked");
  const words = form.querySelector("[data-amount-words]");
  const amount = other > 0 ? money.format(other) : chosen.dataset.amount;
  words.textContent = `${words.dataset.amountWords} · ${amount}`;
}

for (const form of document.querySelectorAll("form[data-names-amount]")) {
  form.addEventListener("input", () => name(form));
  name(form);
}
