/* Emporion's widget, the part that lives on the host page: a launcher in a shadow root, and on the first click a frame.
   It needs nothing of the page, leaves nothing in it but one element, and stays silent when our server is away. */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.Emporion) return;
  const data = script.dataset;
  const id = data.agent || data.widget;
  if (!id) return console.warn("Emporion: the script needs data-agent.");
  const origin = new URL(script.src).origin;
  const base = `${origin}/widget/${encodeURIComponent(id)}`;
  let identity = { customer_id: data.customerId || "", token: data.customerToken || "", hash: data.customerHash || "" };
  let settings = { title: "Chat", colour: "#1b6aa5", position: "right", launcher: "icon", label: "" };
  let root, button, box, frame, isReady, waiting;

  const CSS = `
    :host { all: initial }
    * { box-sizing: border-box }
    .launcher { position: fixed; bottom: 20px; z-index: 2147483000; display: flex; align-items: center; gap: 10px; min-width: 56px; height: 56px;
      padding: 0 16px; border: 0; border-radius: 28px; cursor: pointer; color: var(--ink); background: var(--colour);
      font: 600 15px/1 system-ui, sans-serif; box-shadow: 0 4px 16px rgb(0 0 0 / .22) }
    .launcher:focus-visible { outline: 3px solid var(--colour); outline-offset: 3px }
    .launcher svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
    .right { right: 20px } .left { left: 20px }
    .box { position: fixed; bottom: 88px; z-index: 2147483000; width: 384px; height: min(640px, calc(100dvh - 108px)); border-radius: 16px;
      overflow: hidden; background: #fff; box-shadow: 0 12px 40px rgb(0 0 0 / .28) }
    .box[hidden] { display: none }
    .box iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark }
    .away { position: absolute; inset: 0; display: grid; place-content: center; gap: 12px; padding: 24px; text-align: center;
      font: 400 15px/1.5 system-ui, sans-serif; color: #332f2a; background: #fff }
    .away[hidden] { display: none }
    .away button { justify-self: center; padding: 10px 16px; border: 1px solid #8a847b; border-radius: 8px; background: #fff; color: inherit; font: inherit; cursor: pointer }
    @media (max-width: 480px) { .box { inset: 0; width: 100%; height: 100dvh; border-radius: 0 } .open .launcher { display: none } }
    @media print { .launcher, .box { display: none } }`;
  const OPEN = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M21 12a8.5 8.5 0 0 1-12.3 7.6L3 21l1.5-5.4A8.5 8.5 0 1 1 21 12Z"/></svg>';
  const CLOSE = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 9 6 6 6-6"/></svg>';

  const element = (name, properties) => Object.assign(document.createElement(name), properties);
  const post = (message) => frame && frame.contentWindow && frame.contentWindow.postMessage(message, origin);
  const inkOn = (colour) => {
    const part = (at) => { const value = parseInt(colour.slice(at, at + 2), 16) / 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) > 0.36 ? "#1c1917" : "#ffffff";
  };

  function build() {
    const host = element("emporion-widget", {});
    const shadow = host.attachShadow({ mode: "closed" });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      shadow.append(element("style", { textContent: CSS }));
    }
    root = element("div", {});
    button = element("button", { type: "button", className: "launcher" });
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", () => (isOpen() ? close() : open()));
    box = element("div", { className: "box", hidden: true });
    box.setAttribute("role", "dialog");
    root.append(box, button);
    shadow.append(root);
    document.body.append(host);
    paint();
  }

  function paint() {
    const colour = /^#[0-9a-f]{6}$/i.test(settings.colour) ? settings.colour : "#1b6aa5";
    root.style.setProperty("--colour", colour);
    root.style.setProperty("--ink", inkOn(colour));
    const side = settings.position === "left" ? "left" : "right";
    button.className = `launcher ${side}`;
    box.className = `box ${side}`;
    box.setAttribute("aria-label", settings.title);
    draw();
  }

  function draw() {
    root.className = isOpen() ? "open" : "";
    button.innerHTML = isOpen() ? CLOSE : OPEN;
    button.setAttribute("aria-expanded", String(isOpen()));
    button.setAttribute("aria-label", isOpen() ? `Close ${settings.title}` : `Open ${settings.title}`);
    if (!isOpen() && settings.launcher === "icon_text" && settings.label) button.append(element("span", { textContent: settings.label }));
  }

  const isOpen = () => box && !box.hidden;

  function open() {
    if (!root) return;
    box.hidden = false;
    draw();
    if (!frame) load();
    else post({ type: "emporion:opened" });
  }

  function close() {
    if (!isOpen()) return;
    box.hidden = true;
    draw();
    button.focus();
  }

  function load() {
    isReady = false;
    box.replaceChildren();
    const away = element("div", { className: "away", hidden: true });
    away.setAttribute("role", "status");
    const again = element("button", { type: "button", textContent: "Try again" });
    again.addEventListener("click", load);
    away.append(element("span", { textContent: "The chat cannot be reached right now." }), again);
    frame = element("iframe", { title: settings.title, src: `${base}/frame/` });
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox");
    frame.setAttribute("referrerpolicy", "origin");
    box.append(frame, away);
    clearTimeout(waiting);
    waiting = setTimeout(() => { away.hidden = isReady; }, 8000);
  }

  addEventListener("message", (event) => {
    if (event.origin !== origin || !frame || event.source !== frame.contentWindow) return;
    const type = event.data && event.data.type;
    if (type === "emporion:ready") {
      isReady = true;
      clearTimeout(waiting);
      post({ type: "emporion:init", ...identity, page_url: location.href, preview: data.preview || "" });
    } else if (type === "emporion:close") close();
  });

  window.Emporion = {
    open,
    close,
    identify(customerId, proof) {
      const given = typeof proof === "object" && proof ? proof : { token: proof };
      identity = { customer_id: String(customerId ?? ""), token: given.token || "", hash: given.hash || "" };
      if (isReady) post({ type: "emporion:init", ...identity, page_url: location.href });
    },
  };

  const start = () => {
    fetch(`${base}/config/`, { credentials: "omit", mode: "cors" })
      .then((response) => (response.ok ? response.json() : Promise.reject(response)))
      .then((found) => { Object.assign(settings, found); build(); if (data.open === "true") open(); })
      .catch((reason) => {
        // Refused (paused, other domain): stay away. Unreachable or blocked by the page's policy: the launcher still works.
        if (reason && reason.status) console.warn(`Emporion: the widget is not shown here (${reason.status}).`);
        else build();
      });
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start, { once: true });
})();
