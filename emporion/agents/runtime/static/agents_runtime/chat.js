// data-chat: a conversation that streams. Its form (data-composer) is sent by fetch, the answer comes as server-sent events; the
// last event brings the finished turn as HTML, so that there is one way to draw it. Without this script the form loads a page.
import htmx from "../ui/vendor/htmx.esm.js";

const running = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-composer]");
  const chat = form?.closest("[data-chat]");
  if (!chat) return;
  event.preventDefault();
  if (!running.has(chat)) ask(chat, form, event.submitter);
});

document.addEventListener("click", (event) => {
  const chat = event.target.closest("[data-stop]")?.closest("[data-chat]");
  running.get(chat)?.abort();
});

// A source that was asked for by a click and stands out of sight, as below an answer on a phone, comes into sight.
document.addEventListener("htmx:afterSettle", (event) => {
  const { elt, triggeringEvent } = event.detail.requestConfig ?? {};
  if (triggeringEvent?.type !== "click" || !elt?.matches('[hx-target="#source"]')) return;
  const source = document.querySelector("#source");
  const { top } = source.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) source.scrollIntoView({ block: "start" });
});

async function ask(chat, form, submitter) {
  const body = gathered(chat, form, submitter);
  const question = body.get("ask") || body.get("question");
  if (!body.get("retry_of") && !question?.trim()) return;
  const log = chat.querySelector("[data-log]");
  const stop = new AbortController();
  running.set(chat, stop);
  busy(chat, true);
  if (question) log.append(asked(question));
  form.closest("article")?.remove();
  const turn = fresh(chat, "data-working");
  log.append(turn);
  follow(turn);
  const field = chat.querySelector("input[name=question]");
  if (field) field.value = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/event-stream" }, signal: stop.signal });
    await read(chat, turn, answer, () => over(chat, stop));
  } catch (error) {
    if (error.name === "AbortError") settle(turn);
    else fail(chat, turn, error.message);
  } finally {
    over(chat, stop);
  }
}

// The next question may be asked as soon as the answer stands there, which is a moment before the connection ends.
function over(chat, stop) {
  if (running.get(chat) !== stop) return;
  running.delete(chat);
  busy(chat, false);
  chat.querySelector("input[name=question]")?.focus({ preventScroll: true });
}

function gathered(chat, form, submitter) {
  const body = new FormData(form, submitter);
  const further = chat.dataset.with && document.querySelector(chat.dataset.with);
  if (further) for (const [name, value] of new FormData(further)) if (!body.has(name)) body.append(name, value);
  return body;
}

async function read(chat, turn, response, ended) {
  if (!response.ok || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    const problem = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
    return fail(chat, turn, problem.said || problem.title || response.statusText || String(response.status));
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) if (heard(chat, turn, part)) ended();
  }
  if (turn.isConnected && turn.getAttribute("aria-busy")) settle(turn);
}

function heard(chat, turn, part) {
  const name = part.match(/^event: (.*)$/m)?.[1];
  const data = JSON.parse(part.match(/^data: (.*)$/m)?.[1] ?? "{}");
  if (name === "started") for (const field of chat.querySelectorAll("input[name=conversation]")) field.value = data.conversation;
  if (name === "sources") turn.querySelector("[data-note]").textContent = data.note;
  if (name === "delta") write(turn.querySelector("[data-answer]"), data.text);
  if (name === "finished") finish(chat, turn, data);
  if (name === "failed") fail(chat, turn, `${data.message} ${data.next_step}`, data);
  return name === "finished" || name === "failed";
}

function write(place, text) {
  place.dataset.text = (place.dataset.text ?? "") + text;
  place.replaceChildren();
  for (const block of place.dataset.text.split(/\n{2,}/)) {
    const paragraph = document.createElement("p");
    for (const piece of block.split(/(\[\d+\])/)) paragraph.append(/^\[\d+\]$/.test(piece) ? chip(piece.slice(1, -1)) : piece);
    place.append(paragraph);
  }
  follow(place);
}

function chip(number) {
  const element = document.createElement("span");
  element.className = "cite";
  element.textContent = number;
  return element;
}

function finish(chat, turn, data) {
  const shown = place(turn, data.html);
  const panel = chat.querySelector("#source");
  if (data.source && panel) place(panel, data.source);
  show(chat, shown.at(-1));
  count(chat, data.left);
  chat.dispatchEvent(new CustomEvent("chat:finished", { bubbles: true }));
}

// What the server drew, in an element's place.
function place(element, html) {
  const made = document.createElement("template");
  made.innerHTML = html.trim();
  const shown = [...made.content.children];
  element.replaceWith(...shown);
  for (const one of shown) htmx.process(one);
  return shown;
}

function count(chat, left) {
  const told = chat.querySelector("[data-left]");
  if (told && left) told.textContent = left;
}

function fail(chat, turn, text, { html = "", left = "" } = {}) {
  const note = fresh(chat, "data-failed");
  note.querySelector("[data-note]").textContent = text;
  turn.after(note);
  place(turn, html);
  follow(note);
  count(chat, left);
}

function settle(turn) {
  turn.removeAttribute("aria-busy");
  turn.querySelector(".working")?.remove();
  turn.querySelector(".caret")?.remove();
}

function fresh(chat, name) {
  return chat.querySelector(`template[${name}]`).content.cloneNode(true).firstElementChild;
}

function asked(text) {
  const element = document.createElement("p");
  element.className = "asked";
  element.textContent = text;
  return element;
}

function busy(chat, is) {
  for (const button of chat.querySelectorAll("[data-send]")) button.hidden = is;
  for (const button of chat.querySelectorAll("[data-stop]")) button.hidden = !is;
}

// The answer with the field for the next question below it; of one that is too long for both, the beginning, as it is read.
function show(chat, turn) {
  const source = chat.querySelector("#source"), isBeside = source && getComputedStyle(source).position === "sticky";
  if (isBeside) chat.querySelector(".composer")?.scrollIntoView({ block: "nearest" });
  else if (turn) follow(turn);
  if (turn && turn.getBoundingClientRect().top < 0) turn.scrollIntoView({ block: "start" });
}

function follow(element) {
  element.scrollIntoView({ block: "nearest" });
}
