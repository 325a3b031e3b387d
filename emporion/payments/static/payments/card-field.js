// Turns a card number into a token inside the browser: [data-card-field]. The inputs for number, date and code have no name,
// so that no form can send them; what is sent is the token in the select that people without JavaScript use directly.
const TOKENS = new Map([
  ["4242424242424242", "tok_visa"],
  ["5555555555554444", "tok_mastercard"],
  ["4000002500003155", "tok_3ds"],
  ["4000000000000002", "tok_declined"],
  ["4000000000009995", "tok_insufficient_funds"],
  ["4000000000000069", "tok_expired"],
  ["4000000000000127", "tok_incorrect_cvc"],
  ["4000000000000119", "tok_processing_error"],
  ["4000000000000077", "tok_slow"],
  ["4000000000000341", "tok_late_failure"],
  ["4000000000000259", "tok_timeout"],
]);

const grouped = (digits) => digits.replace(/(.{4})(?=.)/g, "$1 ");

function passesCheckDigit(digits) {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += index % 2 ? doubled : digit;
  }
  return sum % 10 === 0;
}

function refuse(field, why) {
  const number = field.querySelector("[data-card-number]");
  const error = field.querySelector("[data-card-error]");
  const text = why ? error.dataset[why] : "";
  number.setCustomValidity(text);
  number.setAttribute("aria-invalid", String(Boolean(text)));
  error.textContent = text;
  error.hidden = !text;
}

function choose(field) {
  const number = field.querySelector("[data-card-number]");
  const select = field.querySelector("[data-card-token]");
  const digits = number.value.replace(/\D/g, "");
  const token = TOKENS.get(digits);
  select.value = token ?? "tok_visa";
  select.disabled = !token;
  if (token || digits === "") return refuse(field, "");
  return refuse(field, digits.length >= 13 && passesCheckDigit(digits) ? "real" : "wrong");
}

// Where the page offers other methods (inputs named payment_method), the card is asked for only while "card" is chosen.
function follow(field) {
  const method = field.form?.elements.payment_method?.value;
  field.disabled = Boolean(method) && method !== "card";
  field.hidden = field.disabled;
}

function show(field) {
  const saved = field.querySelector("[data-card-saved]:checked");
  const fresh = field.querySelector("[data-card-new]");
  const number = field.querySelector("[data-card-number]");
  fresh.hidden = Boolean(saved);
  number.required = !saved && !number.closest("[hidden]");
  if (saved) number.setCustomValidity("");
  else choose(field);
}

function start(field) {
  if (field.dataset.cardField === "on") return;
  field.dataset.cardField = "on";
  field.querySelector("[data-card-plain]").hidden = true;
  field.querySelector("[data-card-number-field]").hidden = false;
  field.querySelector("[data-card-extras]").hidden = false;
  follow(field);
  show(field);
}

function each(root) {
  for (const field of root.querySelectorAll("[data-card-field]")) start(field);
}

document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-card-field]");
  if (!field || !event.target.matches("[data-card-number]")) return;
  const digits = event.target.value.replace(/\D/g, "").slice(0, 19);
  event.target.value = grouped(digits);
  const note = field.querySelector("[data-card-error]");
  if (digits.length >= 15 || !note.hidden) choose(field);
  else field.querySelector("[data-card-token]").disabled = true;
});

document.addEventListener("change", (event) => {
  if (event.target.name === "payment_method") event.target.form?.querySelectorAll("[data-card-field]").forEach(follow);
  const field = event.target.closest?.("[data-card-field]");
  if (!field) return;
  if (event.target.matches("[data-card-number]")) choose(field);
  else show(field);
});

// A number that was refused stays in sight with its reason: a form that checks nothing by itself would lose it and say that no card was
// given. A button with a name asks for something else, such as logging in.
document.addEventListener(
  "submit",
  (event) => {
    const field = event.target.querySelector("[data-card-field='on']");
    const number = field?.querySelector("[data-card-number]");
    if (!number?.offsetParent || !number.value.trim() || event.submitter?.name) return;
    choose(field);
    if (number.validity.valid) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    number.focus();
  },
  true,
);

document.addEventListener("htmx:load", (event) => each(event.target));
each(document);
