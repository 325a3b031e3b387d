// form[data-keeps-card]: is sent without leaving the page, so that a card that was typed, which never leaves the browser, is still there
// when something else was wrong. What the server then shows takes the form's place. A button with a name asks for something else.
import htmx from "../ui/vendor/htmx.esm.js";

const WRONG = "[aria-invalid=true]";
const typed = (field) => [...(field?.querySelectorAll("[data-card-number], [data-card-date], [data-card-code]") ?? [])];

// The card as it was typed, with what the browser has to say of it in the place of what the server could not know.
function keepCard(form, fresh) {
  const field = form.querySelector("[data-card-field]");
  if (!typed(field).some((input) => input.value)) return;
  fresh.querySelector("[data-card-field]")?.replaceWith(field);
  const said = typed(field).find((input) => input.matches(WRONG));
  if (!said) return;
  fresh.querySelector(".card-panel > [data-error-of=card]")?.remove();
  const link = fresh.querySelector("#errors [data-error-of=card] a");
  if (link) [link.textContent, link.hash] = [said.validationMessage, said.id];
}

function show(form, fresh) {
  keepCard(form, fresh);
  const opened = [...form.querySelectorAll("details.change")].map((details) => details.open);
  form.replaceWith(fresh);
  fresh.querySelectorAll("details.change").forEach((details, index) => (details.open = opened[index] ?? false));
  htmx.process(fresh);
  fresh.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
  const wrong = [...fresh.querySelectorAll(WRONG)].find((control) => control.offsetParent);
  (wrong ?? fresh.querySelector("#errors"))?.focus();
}

async function send(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(location.href, { method: "POST", body, headers: { "X-Stays": "yes" } });
  const onward = answer.headers.get("X-Onward");
  if (onward) return location.assign(onward);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("form[data-keeps-card]");
  return fresh ? show(form, fresh) : form.submit();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-keeps-card]") || event.defaultPrevented || event.submitter?.name) return;
  event.preventDefault();
  send(form).catch(() => form.submit());
});
