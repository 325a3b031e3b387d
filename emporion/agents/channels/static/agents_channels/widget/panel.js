/* Emporion's widget, inside the frame: one conversation. It trusts only its parent window, and that only for who the visitor is. */
import { render } from "./markdown.js";
import { wordsFor } from "./words.js";

const { base, alone } = document.body.dataset;
const $ = (id) => document.getElementById(id);
const log = $("log"), composer = $("composer"), text = $("text"), notice = $("notice"), consent = $("consent");
/* What is found again on the next page. The host page keeps it, as browsers deny frames of other sites their own storage;
   nothing is kept before the visitor agreed, where they are asked. */
let kept = {};
const memory = {
  get(key) { return kept[key] || ""; },
  set(key, value) {
    kept[key] = value;
    if (look.consent === "always" && !kept.consent) return;
    if (alone) try { localStorage.setItem(base, JSON.stringify(kept)); } catch { /* storage is off: this visit only */ }
    else window.parent.postMessage({ type: "emporion:keep", kept: JSON.stringify(kept) }, parentOrigin || "*");
  },
};
function recall(text) { try { kept = JSON.parse(text) || {}; } catch { kept = {}; } }
let words = wordsFor(""), session = "", conversation = "", page = "", parentOrigin = "", preview = "", identity = {}, look = {}, stop = null, isNext = false, polling = 0, attempts = 0, isShown = true, begun = null, seen = new Set();

addEventListener("message", (event) => {
  if (event.source !== window.parent || !event.data) return;
  if (event.data.type === "emporion:init") {
    const { customer_id = "", token = "", hash = "", traits = {}, page_url = "" } = event.data;
    parentOrigin = event.origin;
    page = String(page_url).slice(0, 2000);
    preview = event.data.preview || "";
    const given = { customer_id, token, hash, traits }, isOther = JSON.stringify(given) !== JSON.stringify(identity);
    if (!session) recall(event.data.kept);
    else if (isOther) forget();
    identity = given;
    if (!session) begun = begin();
  }
  if (event.data.type === "emporion:opened") { isShown = true; text.focus(); refresh(); }
  if (event.data.type === "emporion:closed") isShown = false;
});
/* Without a session a question could only be lost: the box is locked in the document, and begin() unlocks it. */
function lock(is) { text.disabled = $("send").disabled = is; }
const tell = (type) => window.parent.postMessage({ type }, parentOrigin || "*");
$("close").addEventListener("click", () => tell("emporion:close"));
addEventListener("keydown", (event) => { if (event.key === "Escape") tell("emporion:close"); });
if (alone) {
  // Embedded as a plain frame: no script of ours on the host page says who asks, the browser says where.
  parentOrigin = location.ancestorOrigins?.[0] ?? (document.referrer ? new URL(document.referrer).origin : "");
  page = document.referrer;
  $("close").hidden = true;
  try { recall(localStorage.getItem(base)); } catch { /* storage is off */ }
  begun = begin();
} else window.parent.postMessage({ type: "emporion:ready" }, "*");

function clear() {
  stop?.abort();
  lock(true);
  clearTimeout(polling);
  session = "";
  seen.clear();
  log.replaceChildren();
}

function forget() {
  clear();
  leave();
  memory.set("session", "");
}

async function call(path, options = {}) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", ...(session && { Authorization: `Bearer ${session}` }) };
  const response = await fetch(`${base}${path}`, { credentials: "omit", ...options, headers });
  if (!response.ok) throw Object.assign(new Error(), { status: response.status, problem: await response.json().catch(() => ({})) });
  return response;
}

async function begin() {
  const customer = identity.customer_id, attempt = ++attempts;
  if (memory.get("customer") !== customer) { memory.set("session", ""); memory.set("conversation", ""); }
  try {
    const asked = { host: parentOrigin, preview, ...identity, earlier: memory.get("session") };
    const found = await (await call("/session/", { method: "POST", body: JSON.stringify(asked) })).json();
    if (attempt !== attempts) return; // the page has named somebody else meanwhile
    look = found;
  } catch (error) {
    if (attempt !== attempts) return;
    refuse(error);
    if (!composer.hidden) notice.append(" ", button("chip", words.again, begin));
    return;
  }
  session = look.session;
  notice.hidden = true;
  composer.hidden = false;
  lock(false);
  memory.set("session", session);
  memory.set("customer", customer);
  words = wordsFor(look.language);
  paint();
  conversation = memory.get("conversation");
  if (look.consent === "always" && !memory.get("consent")) return askConsent();
  await restore();
}

function paint() {
  Object.assign(document.documentElement, { lang: words.lang, dir: words.dir });
  document.documentElement.style.setProperty("--colour", look.colour);
  document.documentElement.style.setProperty("--on-colour", look.ink || "#ffffff");
  $("title").textContent = document.title = look.title;
  $("about").textContent = words.about;
  $("made").textContent = words.made;
  $("close").setAttribute("aria-label", words.close);
  text.placeholder = words.ask;
  composer.querySelector("label").textContent = words.ask;
  sending(false);
}

function askConsent() {
  consent.querySelector("p").textContent = words.consent;
  consent.querySelector("button").textContent = words.agree;
  consent.hidden = false;
  composer.hidden = true;
  consent.addEventListener("submit", (event) => {
    event.preventDefault();
    memory.set("consent", "1");
    consent.hidden = true;
    composer.hidden = false;
    restore();
  }, { once: true });
}

async function restore() {
  if (look.welcome) say("agent", look.welcome);
  if (conversation) {
    try {
      const found = await (await call(`/conversations/${conversation}/`)).json();
      found.messages.forEach(show);
      watch(found);
    } catch { leave(); }
  }
  if (!conversation) starters();
  if (!preview) text.focus();
}

/* What its owner publishes, pauses or brands anew reaches a panel that is open: asked for while somebody may see it, and
   answered in a few bytes while nothing changed. The conversation stays. */
const REFRESH_SECONDS = 30;
setInterval(refresh, REFRESH_SECONDS * 1000);
document.addEventListener("visibilitychange", refresh);

async function refresh() {
  if (!session || document.hidden || !isShown || stop) return;
  try {
    const { session: _, ...shown } = look, now = await (await call("/looks/", { cache: "no-cache" })).json();
    if (!notice.hidden) { notice.hidden = true; composer.hidden = !consent.hidden; }
    if (JSON.stringify(now) === JSON.stringify(shown)) return;
    look = { session, ...now };
    words = wordsFor(look.language);
    paint();
    tell("emporion:changed");
    if (conversation || !consent.hidden) return;
    log.replaceChildren();
    if (look.welcome) say("agent", look.welcome);
    starters();
  } catch (error) {
    if (error.status === 403) refuse(error);
  }
}

function leave() {
  conversation = "";
  memory.set("conversation", "");
}

function starters() {
  if (!look.starters || !look.starters.length) return;
  const row = make("div", "starters");
  for (const question of look.starters) row.append(button("chip", question, () => { row.remove(); send(question); }));
  log.append(row);
}

function show(message) {
  if (seen.has(message.id) || message.state === "writing" || !message.text) return; // an agent that is silent, as a person talks, says nothing
  seen.add(message.id);
  const bubble = say(message.speaker, message.text, message.author_name, message.sources);
  if (message.may_be_rated) thumbs(bubble, message.id, message.feedback);
}

function say(speaker, words_, author = "", sources = []) {
  const item = make("div", `say ${speaker}`), bubble = Object.assign(make("div", "bubble"), { dir: "auto" });
  if (speaker === "person" && author) item.append(Object.assign(make("span", "by"), { textContent: author }));
  item.append(bubble);
  log.append(item);
  write(item, words_, sources);
  return item;
}

function write(item, words_, sources) {
  const bubble = item.querySelector(".bubble");
  bubble.replaceChildren(render(words_, (number) => {
    const source = sources.find((one) => one.number === number);
    if (!source) return null;
    const chip = button("cite", String(number), () => open(item, source, chip));
    chip.setAttribute("aria-label", `${words.source} ${number}: ${source.title}`);
    chip.setAttribute("aria-expanded", "false");
    return chip;
  }));
  toEnd();
}

function toEnd() {
  log.scrollTop = log.scrollHeight;
}

function open(item, source, chip) {
  const shown = item.querySelector(".source");
  const wasThis = shown && shown.dataset.number === String(source.number);
  shown?.remove();
  item.querySelectorAll(".cite").forEach((other) => other.setAttribute("aria-expanded", "false"));
  if (wasThis) return;
  const box = make("div", "source");
  box.dataset.number = source.number;
  const path = source.heading ? source.heading.split(" › ") : [], below = path.filter((one) => one !== source.title).join(" › ");
  box.append(Object.assign(document.createElement("b"), { textContent: source.title }));
  if (below) box.append(Object.assign(document.createElement("small"), { textContent: below }));
  const passage = document.createElement("p");
  passage.append(...lit(source, path));
  box.append(passage);
  for (const part of box.children) part.dir = "auto";
  chip.setAttribute("aria-expanded", "true");
  item.append(box);
  box.scrollIntoView({ block: "nearest" });
  const mark = passage.querySelector("mark");
  if (mark) passage.scrollTop = mark.offsetTop - 8;
}

/* The passage with its quoted words lit; of both without the headings, which stand above it already. */
function lit({ quote, lit: words_ }, path) {
  const lines = quote.split("\n");
  while (lines.length > 1 && (!lines[0].trim() || path.includes(lines[0].trim()))) lines.shift();
  const shown = lines.join("\n"), place = words_ ? quote.indexOf(words_) : -1;
  if (place < 0) return [shown];
  const [from, to] = [place, place + words_.length].map((at) => Math.max(0, at - quote.length + shown.length));
  return [shown.slice(0, from), Object.assign(make("mark", ""), { textContent: shown.slice(from, to) }), shown.slice(to)];
}

function thumbs(item, id, given = "") {
  const row = make("div", "tools");
  row.append(Object.assign(make("span", ""), { textContent: words.didHelp }));
  for (const [value, label, path] of [["up", words.helpful, "M7 10v11H3V10h4Zm0 0 4-8a2.5 2.5 0 0 1 2.5 2.5V9H20a2 2 0 0 1 2 2.3l-1.3 8A2 2 0 0 1 18.7 21H7"], ["down", words.unhelpful, "M17 14V3h4v11h-4Zm0 0-4 8a2.5 2.5 0 0 1-2.5-2.5V15H4a2 2 0 0 1-2-2.3l1.3-8A2 2 0 0 1 5.3 3H17"]]) {
    const tool = button("tool", "", async () => {
      row.querySelectorAll("[aria-pressed]").forEach((other) => other.setAttribute("aria-pressed", "false"));
      tool.setAttribute("aria-pressed", "true");
      await call(`/conversations/${conversation}/feedback/`, { method: "POST", body: JSON.stringify({ message_id: id, value }) }).catch(refuse);
    });
    tool.append(icon(path));
    tool.setAttribute("aria-label", label);
    tool.setAttribute("aria-pressed", String(given === { up: "good", down: "bad" }[value]));
    row.append(tool);
  }
  item.append(row);
}

function offerPerson(item) {
  item.append(button("chip", words.person, async (event) => {
    event.target.remove();
    try {
      await call(`/conversations/${conversation}/person/`, { method: "POST", body: "{}" });
      watch(await listen());
    } catch (error) { refuse(error); }
  }));
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  if (stop) return stop.abort();
  const question = text.value.trim();
  if (question) send(question);
});
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (stop) isNext = true; // only the button stops an answer: what is written meanwhile is sent after it
  else composer.requestSubmit();
});
text.addEventListener("input", () => { text.style.height = "auto"; text.style.height = `${Math.min(text.scrollHeight, 132)}px`; });

function sending(is) {
  $("send").setAttribute("aria-label", is ? words.stop : words.send);
  $("send").querySelector("path").setAttribute("d", is ? "M7 7h10v10H7z" : "M12 19V5m-7 7 7-7 7 7");
}

async function send(question, key = crypto.randomUUID?.() ?? String(Math.random()).slice(2), isSecondTime = false) {
  notice.hidden = true;
  log.querySelector(".starters")?.remove();
  text.value = "";
  text.style.height = "";
  await begun; // whoever types faster than the session is opened is not sent away
  const mine = say("visitor", question), item = say("agent", "");
  item.querySelector(".bubble").append(Object.assign(make("span", "waiting dots"), { textContent: words.looking }));
  stop = new AbortController();
  sending(true);
  const state = { text: "", sources: [] };
  try {
    const body = { text: question, key, page_url: page, ...(conversation && { conversation_id: conversation }) };
    const response = await call("/messages/", { method: "POST", body: JSON.stringify(body), signal: stop.signal });
    for await (const [name, data] of events(response)) take(name, data, item, mine, state);
  } catch (error) {
    if (error.name !== "AbortError") retry({ item, mine, question, key, error, isSecondTime });
  } finally {
    stop = null;
    sending(false);
    const question = isNext ? text.value.trim() : "";
    isNext = false;
    if (question) send(question);
  }
}

function take(name, data, item, mine, state) {
  if (name === "started") {
    if (!conversation) tell("emporion:conversation");
    conversation = data.conversation_id;
    memory.set("conversation", conversation);
  } else if (name === "sources") state.sources = data.closest ? [data.closest] : data.sources;
  else if (name === "delta") write(item, (state.text += data.text), state.sources);
  else if (name === "finished") {
    seen.add(data.message_id);
    if (data.is_with_person && !data.text) item.remove();
    else {
      write(item, data.text, state.sources);
      if (data.may_be_rated) thumbs(item, data.message_id);
    }
    if (data.offers_person && look.offers_person) offerPerson(item);
    if (data.is_with_person) watch({ handover: "live" });
    toEnd();
  } else if (name === "failed") write(item, [data.message, data.next_step].filter(Boolean).join(" "), []);
}

/* The session ran out, as overnight: with a new one the conversation is found again and the question goes out by itself. */
async function sendAnew(question, key) {
  clear();
  text.value = question;
  begun = begin();
  await begun;
  if (session && !composer.hidden) send(question, key, true);
}

function retry({ item, mine, question, key, error, isSecondTime }) {
  if (error.status === 401 && !isSecondTime) return sendAnew(question, key);
  if (error.status === 404) leave();
  write(item, error.problem?.said || words.away, []);
  if (error.status === 403 || error.status === 422) return;
  item.append(button("chip", words.again, () => { item.remove(); mine.remove(); send(question, key); }));
  toEnd();
}

function refuse(error) {
  notice.textContent = error.problem?.said || words.away;
  notice.hidden = false;
  if (error.status === 401 || error.status === 403) composer.hidden = true;
}

/* What a person has said since, and that they came or left. */
async function listen() {
  const found = await (await call(`/conversations/${conversation}/`)).json();
  found.messages.filter(({ speaker }) => speaker === "person" || speaker === "notice").forEach(show);
  return found;
}

/* While a person is asked for or talks, look every few seconds for what they said. */
function watch(found) {
  clearTimeout(polling);
  if (!found.handover || found.handover === "closed") return;
  polling = setTimeout(async () => {
    try {
      if (!document.hidden && !stop) found = await listen();
    } catch { /* the next look may work */ }
    watch(found);
  }, 2500);
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const name = /^event: (.*)$/m.exec(part), data = /^data: (.*)$/m.exec(part);
      if (name && data) yield [name[1], JSON.parse(data[1])];
    }
  }
}

function icon(path) {
  const NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg"), line = document.createElementNS(NS, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
function make(name, className) { return Object.assign(document.createElement(name), { className }); }
function button(className, label, act) {
  const made = Object.assign(make("button", className), { type: "button", dir: "auto", textContent: label });
  made.addEventListener("click", act);
  return made;
}
