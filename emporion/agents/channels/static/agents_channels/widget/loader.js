/* Emporion's widget, the part that lives on the host page: a launcher in a shadow root, and on the first click a frame.
   It needs nothing of the page, leaves nothing in it but one element and window.Emporion, and stays silent when our server is
   away. Plain DOM calls only: host pages replace newer built-ins, forbid inline styles, and may enforce Trusted Types. */
(function () {
  "use strict";
  var script = document.currentScript || document.querySelector('script[data-agent][src*="/widget/v1.js"]');
  if (!script || window.Emporion) return;
  var data = script.dataset;
  var id = data.agent || data.widget;
  if (!id) return console.warn("Emporion: the script needs data-agent.");
  var origin = new URL(script.src).origin;
  var base = origin + "/widget/" + encodeURIComponent(id);
  var preview = data.preview || "";
  var identity = { customer_id: data.customerId || "", token: data.customerToken || "", hash: data.customerHash || "", traits: {} };
  var settings = { title: "Chat", colour: "#005f62", position: "right", launcher: "icon", label: "" };
  var PHRASES = {
    en: ["Open", "Close", "The chat is opening…", "The chat cannot be reached right now.", "Try again", "Questions?"],
    de: ["Öffnen:", "Schließen:", "Der Chat öffnet sich…", "Der Chat ist gerade nicht erreichbar.", "Noch einmal", "Fragen?"],
    fr: ["Ouvrir", "Fermer", "Le chat s’ouvre…", "Le chat est injoignable pour le moment.", "Réessayer", "Des questions ?"],
    es: ["Abrir", "Cerrar", "El chat se está abriendo…", "No se puede acceder al chat ahora.", "Reintentar", "¿Preguntas?"],
    it: ["Apri", "Chiudi", "La chat si apre…", "La chat non è raggiungibile ora.", "Riprova", "Domande?"],
    nl: ["Openen:", "Sluiten:", "De chat gaat open…", "De chat is nu niet bereikbaar.", "Opnieuw", "Vragen?"],
    pl: ["Otwórz", "Zamknij", "Czat się otwiera…", "Czat jest teraz nieosiągalny.", "Spróbuj ponownie", "Masz pytania?"],
    el: ["Άνοιγμα:", "Κλείσιμο:", "Η συνομιλία ανοίγει…", "Η συνομιλία δεν είναι διαθέσιμη τώρα.", "Δοκιμάστε ξανά", "Ερωτήσεις;"],
    ja: ["開く:", "閉じる:", "チャットを開いています…", "現在チャットに接続できません。", "もう一度", "ご質問はこちら"],
    pt: ["Abrir", "Fechar", "O chat está a abrir…", "O chat não está acessível agora.", "Tentar de novo", "Perguntas?"],
    ru: ["Открыть:", "Закрыть:", "Чат открывается…", "Чат сейчас недоступен.", "Попробовать ещё раз", "Есть вопросы?"],
    uk: ["Відкрити:", "Закрити:", "Чат відкривається…", "Чат зараз недоступний.", "Спробувати ще раз", "Є запитання?"],
    tr: ["Aç:", "Kapat:", "Sohbet açılıyor…", "Sohbete şu anda ulaşılamıyor.", "Yeniden dene", "Sorunuz mu var?"],
    sv: ["Öppna", "Stäng", "Chatten öppnas…", "Chatten kan inte nås just nu.", "Försök igen", "Frågor?"],
    da: ["Åbn", "Luk", "Chatten åbnes…", "Chatten kan ikke nås lige nu.", "Prøv igen", "Spørgsmål?"],
    cs: ["Otevřít:", "Zavřít:", "Chat se otevírá…", "Chat teď není dostupný.", "Zkusit znovu", "Máte dotaz?"],
    zh: ["打开", "关闭", "正在打开聊天…", "现在无法连接聊天。", "再试一次", "有问题？"],
    ko: ["열기:", "닫기:", "채팅을 여는 중…", "지금은 채팅에 연결할 수 없습니다.", "다시 시도", "궁금한 점이 있나요?"],
    ar: ["فتح", "إغلاق", "جارٍ فتح الدردشة…", "تعذّر الوصول إلى الدردشة الآن.", "حاول مرة أخرى", "هل لديك سؤال؟"],
    th: ["เปิด", "ปิด", "กำลังเปิดแชท…", "ไม่สามารถเชื่อมต่อแชทได้ในขณะนี้", "ลองอีกครั้ง", "มีคำถามไหม"],
    no: ["Åpne", "Lukk", "Chatten åpnes…", "Chatten kan ikke nås akkurat nå.", "Prøv igjen", "Spørsmål?"],
    fi: ["Avaa:", "Sulje:", "Chat avautuu…", "Chattiin ei juuri nyt saada yhteyttä.", "Yritä uudelleen", "Kysyttävää?"],
    hu: ["Megnyitás:", "Bezárás:", "A csevegés megnyílik…", "A csevegés most nem érhető el.", "Újra", "Kérdése van?"],
    ro: ["Deschide", "Închide", "Se deschide chatul…", "Chatul nu este disponibil acum.", "Încercați din nou", "Întrebări?"],
    he: ["פתיחה:", "סגירה:", "הצ׳אט נפתח…", "אין כרגע גישה לצ׳אט.", "נסו שוב", "יש שאלות?"],
    hi: ["खोलें:", "बंद करें:", "चैट खुल रही है…", "अभी चैट तक नहीं पहुँचा जा सकता।", "फिर कोशिश करें", "कोई सवाल?"],
  };
  var host, button, box, cover, note, again, shut, frame, isReady, waiting, askedAt = 0, counted = {};

  var CSS = [
    ":host{all:initial!important;display:block!important}",
    "*{box-sizing:border-box}",
    ".launcher,.box{position:fixed;z-index:2147483000}",
    ".launcher{bottom:20px;display:flex;align-items:center;gap:10px;min-width:56px;height:56px;padding:0 16px;border:0;border-radius:28px;cursor:pointer;color:var(--ink);background:var(--colour);font:600 15px/1 system-ui,sans-serif;box-shadow:0 4px 16px rgb(0 0 0/.22)}",
    ".launcher:focus-visible,.cover button:focus-visible{outline:3px solid var(--colour);outline-offset:3px}",
    "svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}",
    ".right{right:20px}.left{left:20px}",
    ".box{bottom:88px;width:384px;max-width:calc(100vw - 40px);height:min(640px,calc(100dvh - 108px));border-radius:16px;overflow:hidden;background:#fff;box-shadow:0 12px 40px rgb(0 0 0/.28)}",
    "[hidden]{display:none!important}",
    "iframe{display:block;width:100%;height:100%;border:0;color-scheme:light dark}",
    ".cover{position:absolute;inset:0;display:grid;place-content:center;justify-items:center;gap:12px;padding:24px;text-align:center;font:400 15px/1.5 system-ui,sans-serif;color:#332f2a;background:#fff}",
    ".cover button{padding:10px 16px;border:1px solid #8a847b;border-radius:8px;background:#fff;color:inherit;font:inherit;cursor:pointer}",
    "@media(prefers-color-scheme:dark){.box,.cover,.cover button{background:#1c1a17}.cover{color:#f0ede8}}",
    "@media(max-width:480px){.box{inset:0;width:100%;max-width:none;height:100dvh;border-radius:0}.open .launcher{display:none}}",
    "@media print{.launcher,.box{display:none}}",
  ].join("");
  var OPEN = "M21 12a8.5 8.5 0 0 1-12.3 7.6L3 21l1.5-5.4A8.5 8.5 0 1 1 21 12Z";
  var CLOSE = "m6 9 6 6 6-6";

  function make(name, className, text) {
    var made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    if (name === "button") made.type = "button";
    return made;
  }
  function icon(path) {
    var NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg"), line = document.createElementNS(NS, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.appendChild(line);
    return svg;
  }
  function phrase(at) {
    var codes = settings.language ? [settings.language] : navigator.languages || [];
    for (var place = 0; place < codes.length; place++) {
      var found = PHRASES[codes[place].slice(0, 2).toLowerCase().replace(/n[bn]/, "no")];
      if (found) return found[at];
    }
    return PHRASES.en[at];
  }
  function post(message) { if (frame && frame.contentWindow) frame.contentWindow.postMessage(message, origin); }
  function tellWho() {
    post({ type: "emporion:init", customer_id: identity.customer_id, token: identity.token, hash: identity.hash, traits: identity.traits, page_url: location.href, preview: preview, kept: recall() });
  }
  // The frame's own storage is denied by browsers that guard against tracking; the page's is where its chat belongs.
  function recall() { try { return localStorage.getItem("emporion:" + id) || ""; } catch (error) { return ""; } }
  function keep(text) { try { localStorage.setItem("emporion:" + id, String(text).slice(0, 8000)); } catch (error) { /* this page only */ } }
  function inkOn(colour) {
    function part(at) { var value = parseInt(colour.slice(at, at + 2), 16) / 255; return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4); }
    return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) > 0.2 ? "#1a1a1a" : "#ffffff";
  }

  function build() {
    host = make("emporion-widget");
    var shadow = host.attachShadow({ mode: "open" });
    try {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      shadow.adoptedStyleSheets = [sheet];
    } catch (error) {
      shadow.appendChild(make("style", "", CSS));
    }
    var root = make("div");
    button = make("button", "launcher");
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", function () { if (isOpen()) close(); else open(); });
    box = make("div", "box");
    box.hidden = true;
    box.setAttribute("role", "dialog");
    cover = make("div", "cover");
    note = make("span");
    note.setAttribute("role", "status");
    again = make("button");
    again.addEventListener("click", load);
    shut = make("button");
    shut.addEventListener("click", close);
    cover.appendChild(note);
    cover.appendChild(again);
    cover.appendChild(shut);
    box.appendChild(cover);
    root.appendChild(box);
    root.appendChild(button);
    root.addEventListener("keydown", function (event) { if (event.key === "Escape") close(); });
    shadow.appendChild(root);
    // Beside the body: frameworks replace what is in it, and a transformed body would carry the launcher away.
    document.documentElement.appendChild(host);
    paint();
  }

  function paint() {
    var colour = /^#[0-9a-f]{6}$/i.test(settings.colour) ? settings.colour : "#005f62";
    var root = button.parentNode, side = settings.position === "left" ? "left" : "right";
    root.style.setProperty("--colour", colour);
    root.style.setProperty("--ink", inkOn(colour));
    button.className = "launcher " + side;
    box.className = "box " + side;
    box.setAttribute("aria-label", settings.title);
    draw();
  }

  function draw() {
    button.parentNode.className = isOpen() ? "open" : "";
    button.textContent = "";
    button.appendChild(icon(isOpen() ? CLOSE : OPEN));
    button.setAttribute("aria-expanded", String(isOpen()));
    button.setAttribute("aria-label", phrase(isOpen() ? 1 : 0) + " " + settings.title);
    if (!isOpen() && settings.launcher === "icon_text") button.appendChild(make("span", "", settings.label || phrase(5)));
    shut.textContent = phrase(1) + " " + settings.title;
    again.textContent = phrase(4);
  }

  // Where the page measures itself with our script, what its visitors do here becomes goals of theirs, once a page each.
  function count(goal) {
    if (counted[goal] || preview || typeof window.datafast !== "function") return;
    counted[goal] = true;
    try { window.datafast(goal, { agent: id }); } catch (error) { /* somebody else's function */ }
  }

  function isOpen() { return Boolean(box) && !box.hidden; }

  function open() {
    if (!box) return;
    box.hidden = false;
    draw();
    count("widget_opened");
    if (!frame) load();
    else post({ type: "emporion:opened" });
  }

  function close() {
    if (!isOpen()) return;
    box.hidden = true;
    draw();
    post({ type: "emporion:closed" });
    button.focus();
  }

  // The cover has a way out from the first moment, so that a frame that never comes cannot trap anybody.
  function load() {
    isReady = false;
    if (frame) box.removeChild(frame);
    cover.hidden = false;
    again.hidden = true;
    note.textContent = phrase(2);
    frame = make("iframe");
    frame.title = settings.title;
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox");
    frame.setAttribute("referrerpolicy", "origin");
    frame.src = base + "/frame/";
    box.appendChild(frame);
    box.appendChild(cover);
    clearTimeout(waiting);
    waiting = setTimeout(function () { note.textContent = phrase(3); again.hidden = false; }, 8000);
  }

  addEventListener("message", function (event) {
    if (event.origin !== origin || !frame || event.source !== frame.contentWindow || !event.data) return;
    if (event.data.type === "emporion:ready") {
      isReady = true;
      clearTimeout(waiting);
      cover.hidden = true;
      frame.focus();
      tellWho();
    } else if (event.data.type === "emporion:keep") keep(event.data.kept);
    else if (event.data.type === "emporion:conversation") count("widget_conversation");
    else if (event.data.type === "emporion:changed") refresh();
    else if (event.data.type === "emporion:close") close();
  });

  window.Emporion = {
    open: open,
    close: close,
    identify: function (customerId, proof) {
      var given = typeof proof === "object" && proof ? proof : { token: proof };
      identity = { customer_id: String(customerId == null ? "" : customerId), token: given.token || "", hash: given.hash || "", traits: given.traits || {} };
      if (isReady) tellWho();
    },
  };

  function refresh() {
    askedAt = Date.now();
    return fetch(base + "/config/" + (preview ? "?preview=" + encodeURIComponent(preview) : ""), { credentials: "omit", mode: "cors" })
      .then(function (response) { return response.ok ? response.json() : Promise.reject(response); })
      .then(function (found) {
        for (var name in settings) if (name in found) settings[name] = found[name];
        settings.language = found.language;
        if (box) paint();
        else build();
        count("widget_seen");
      })
      .catch(function (reason) {
        // Refused (paused, other domain): stay away. Unreachable or blocked by the page's policy: the launcher still works.
        if (reason && reason.status) {
          console.warn("Emporion: the widget is not shown here (" + reason.status + ").");
          if (host) host.remove();
          host = box = frame = null;
        } else if (!box) build();
      });
  }
  // Published changes reach pages that stay open: asked again when the tab is looked at, once a minute at most.
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && Date.now() - askedAt > 60000) refresh();
  });
  function start() { refresh().then(function () { if (data.open === "true") open(); }); }
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start, { once: true });
})();
