// form[data-names-amount]: its button names the amount that is chosen or written, and none when what is written is no amount.
const money = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "currency", currency: "USD" });
const WRITTEN = /^(?<whole>[1-9]\d{0,2}(?:(?<group>[.,'’\s])\d{3})(?:\k<group>\d{3})*|\d*)(?:(?<point>[.,])(?<part>\d{1,2}))?$/;

// As the server reads it, which decides: the field is sent as it was written.
function amountOf(text) {
  const found = text.replace(/^(\$|USD)\s*|\s*(\$|USD)$/g, "").match(WRITTEN)?.groups;
  const isRead = found && (found.whole || found.part) && (!found.group || found.group !== found.point);
  return isRead ? Number(`${found.whole.replace(/\D/g, "") || 0}.${found.part || 0}`) : NaN;
}

function name(form) {
  const other = form.elements.other.value.trim();
  const chosen = form.querySelector("input[name=amount]:checked");
  const words = form.querySelector("[data-amount-words]");
  const amount = other ? amountOf(other) : 0;
  const figure = other ? amount > 0 && money.format(amount) : chosen.dataset.amount;
  words.textContent = figure ? `${words.dataset.amountWords} · ${figure}` : words.dataset.amountWords;
}

for (const form of document.querySelectorAll("form[data-names-amount]")) {
  form.addEventListener("input", () => name(form));
  name(form);
}
