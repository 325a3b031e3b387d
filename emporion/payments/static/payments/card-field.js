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

const parts = (field) => ({
  number: field.querySelector("[data-card-number]"),
  date: field.querySelector("[data-card-date]"),
  code: field.querySelector("[data-card-code]"),
});

const nameOf = (input, inputs) => Object.keys(inputs).find((name) => inputs[name] === input);

// "1223", "12/23", "2/29" and "12/2034" as they are read: month, stroke, year.
function shaped(text) {
  const isShortMonth = /^\s*(?:[2-9]|\d\s*[/.-])/.test(text);
  const digits = `${isShortMonth ? "0" : ""}${text.replace(/\D/g, "")}`.slice(0, 6);
  return digits.length > 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
}

function expiryOf(text) {
  const found = text.match(/^(?<month>\d\d) \/ (?:20)?(?<year>\d\d)$/)?.groups;
  const month = Number(found?.month);
  return month >= 1 && month <= 12 ? { month, year: 2000 + Number(found.year) } : null;
}

const digitsOf = (input) => input.value.replace(/\D/g, "");
const hasPassed = ({ month, year }, now = new Date()) => year * 12 + month < now.getFullYear() * 12 + now.getMonth() + 1;

// What is wrong with each of the three as it stands, by the name of its words; "" where nothing is.
const wrong = {
  number({ number }) {
    const digits = digitsOf(number);
    if (TOKENS.has(digits)) return "";
    if (!digits) return "missing";
    return digits.length >= 13 && passesCheckDigit(digits) ? "real" : "wrong";
  },
  date({ date }) {
    if (!date.value.trim()) return "missing";
    const expiry = expiryOf(date.value);
    if (!expiry) return "wrong";
    return hasPassed(expiry) ? "past" : "";
  },
  code({ number, code }) {
    const length = /^3[47]/.test(digitsOf(number)) ? 4 : 3;
    if (!code.value.trim()) return "missing";
    return new RegExp(`^\\d{${length}}$`).test(code.value.trim()) ? "" : `wrong${length}`;
  },
};

const errorOf = (input) => input.closest(".field").querySelector(".field-error");

function say(input, why) {
  const error = errorOf(input);
  const text = why ? error.dataset[why] : "";
  input.setCustomValidity(text);
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  error.textContent = text;
  error.hidden = !text;
}

// The token is sent only of a card of which nothing is wrong; it holds the expiry, for the list of kept cards.
function choose(field) {
  const inputs = parts(field);
  const select = field.querySelector("[data-card-token]");
  const isRight = Object.values(wrong).every((finds) => !finds(inputs));
  select.disabled = !isRight;
  if (!isRight) return;
  const { month, year } = expiryOf(inputs.date.value);
  const typed = select.querySelector("[data-card-typed]") ?? select.appendChild(new Option());
  typed.dataset.cardTyped = "";
  typed.value = `${TOKENS.get(digitsOf(inputs.number))}:${year}-${String(month).padStart(2, "0")}`;
  select.value = typed.value;
}

// Says what is wrong with each of them, and returns the first that is.
function check(field) {
  const inputs = parts(field);
  const found = Object.entries(wrong).map(([name, finds]) => [inputs[name], finds(inputs)]);
  for (const [input, why] of found) say(input, why);
  return found.find(([, why]) => why)?.[0];
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
  const { number } = parts(field);
  fresh.hidden = Boolean(saved);
  number.required = !saved && !number.closest("[hidden]");
  if (saved) for (const input of Object.values(parts(field))) say(input, "");
  choose(field);
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
  const input = event.target;
  const field = input.closest?.("[data-card-field]");
  const inputs = field && parts(field);
  const name = field && nameOf(input, inputs);
  if (!name) return;
  if (input === inputs.number) input.value = grouped(digitsOf(input).slice(0, 19));
  if (input === inputs.date && input.value !== shaped(input.value)) input.value = shaped(input.value);
  choose(field);
  const isSaid = !errorOf(input).hidden;
  if (isSaid || (input === inputs.number && digitsOf(input).length >= 15)) say(input, wrong[name](inputs));
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.name === "payment_method") input.form?.querySelectorAll("[data-card-field]").forEach(follow);
  const field = input.closest?.("[data-card-field]");
  if (!field) return;
  const inputs = parts(field);
  const name = nameOf(input, inputs);
  if (!name) return show(field);
  choose(field);
  if (input.value.trim()) say(input, wrong[name](inputs));
});

// A card that is not right stays in sight with its reason: a form that checks nothing by itself would lose it and say that no card was
// given. A form that keeps its card asks the server all the same, without a token, so that everything that is wrong is said at once.
// A button with a name asks for something else, such as logging in; a card of which nothing was typed is missed by the server.
document.addEventListener(
  "submit",
  (event) => {
    const field = event.target.querySelector("[data-card-field='on']");
    if (!field || event.submitter?.name) return;
    const inputs = Object.values(parts(field));
    if (!inputs[0].offsetParent || inputs.every((input) => !input.value.trim())) return;
    const first = check(field);
    if (!first || event.target.matches("[data-keeps-card]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    first.focus();
  },
  true,
);

document.addEventListener("htmx:load", (event) => each(event.target));
each(document);
