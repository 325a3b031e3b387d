// The script that measured websites load; tools/tracker builds it three times, with COOKIELESS and HASH set.
//
// It runs among other people's code, which may have replaced what the language brings: payloads have no prototype, objects are
// spread and not assigned. It throws nothing into the page and never makes it wait. Every byte counts (1,800 compressed):
// campaign and ad-click ids stay in `href`, and what an event must look like is checked where it arrives.
((w, d, l) => {
  const tag = d.currentScript;
  const options = tag.dataset;
  const { websiteId, domain } = options;
  const has = (name) => !/^[fu]/.test(options[name]); // neither "false" nor undefined
  const on = (name, listener) => addEventListener(name, listener, true);
  const isInside = (host) => ("." + host).endsWith("." + domain);
  const tried = (job) => {
    try {
      return job();
    } catch (e) {}
  };

  if (w[websiteId]) return; // the same tag twice counts once
  w[websiteId] = 1;
  const isCounted =
    tried(() => localStorage.datafast_ignore) != "true" &&
    (!/^(127\.|\[)|local(host)?$|^$/.test(l.hostname) || has(l.hostname ? "allowLocalhost" : "allowFileProtocol")) &&
    (w == parent || has("allowIframe"));
  let before, last;

  // Ids live in cookies, or in the tab; where the page forbids both, as long as the page. The short names are those in addresses.
  const NAMES = { __proto__: null, vid: "visitor_id", sid: "session_id", vfs: "visitor_first_seen_at", vsn: "visitor_session_count" };
  const key = (name) => "datafast_" + (NAMES[name] || name);
  const read = (name) =>
    tried(() => (COOKIELESS ? sessionStorage[key(name)] : unescape(d.cookie.match(key(name) + "=([^&#;]+)")[1])));
  const write = (name, value) => {
    tried(() => {
      if (COOKIELESS) sessionStorage[key(name)] = value;
      else
        d.cookie =
          key(name) + "=" + value + ";path=/;max-age=" + (name < "v" ? 1800 : 31536e3) +
          (isInside(l.hostname) ? ";domain=" + domain : "");
    });
    return value;
  };
  const keep = (name, value) => write(name, read(name) || value);
  const uuid = () =>
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ ((Math.random() * 16) >> (c / 4))).toString(16));
  const fresh = uuid();
  // Who and which visit this is; a visit ends after 30 minutes without an event.
  const ids = () => ({
    visitorSessionNumber: COOKIELESS ? 0 : write("vsn", (read("vsn") | 0) + !read("sid")),
    sessionId: keep("sid", "s" + uuid()),
    timestamp: write("session_start", Date.now()),
    ...(COOKIELESS
      ? { visitorId: uuid(), cookieless: true }
      : { visitorId: keep("vid", fresh), visitorFirstSeenAt: keep("vfs", new Date().toISOString()) }),
  });

  const post = (body, tries) => {
    const again = () => tries && setTimeout(post, 9e3 / tries, body, tries - 1); // the server knows an eventId again
    fetch(options.apiUrl || new URL("/api/events", tag.src), { method: "POST", body, keepalive: true }).then((answer) => {
      if (!answer.ok) again();
      else if (COOKIELESS) answer.json().then((told) => write("vid", (fast.visitorId = told.visitorId)));
    }, again);
  };
  const here = () => (HASH ? l.href : l.href.split("#")[0]);
  const send = (type, extraData) => {
    const payload = isCounted && {
      __proto__: null,
      websiteId,
      domain,
      ...ids(),
      href: here(),
      referrer: before,
      type,
      viewport: { __proto__: null, width: innerWidth, height: innerHeight },
      language: navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      screenWidth: screen.width,
      screenHeight: screen.height,
      extraData: { __proto__: null, ...extraData },
      eventId: uuid(),
      bot: navigator.webdriver,
    };
    has("debug") && console.log(type, payload);
    payload && post(JSON.stringify(payload), 3);
  };
  const early = w.datafast?.q || [];
  const fast = (w.datafast = (name, params) =>
    name == "identify" || name == "payment" ? send(name, params) : send("custom", { ...params, eventName: name }));
  const view = (isAgain) => {
    if (here() == last && !isAgain) return;
    before = last || d.referrer;
    last = here();
    send("pageview");
    setTimeout(look, 500);
    for (const name of ["stripe_session_id", "lemonsqueezy_order_id", "polar_checkout_id"]) {
      const value = l.href.match(name.split("_")[1] + "_id=([^&#;]+)");
      value && !has("disablePayments") && send("payment", { [name]: value[1] });
    }
  };
  const soon = () => setTimeout(view, 99); // a route that corrects itself at once is one page
  // `data-fast-goal-plan-name` is the parameter plan_name.
  const fire = (element, key) => {
    const params = { __proto__: null };
    for (const one of element.attributes) {
      const name = one.name.split(key + "-")[1];
      if (name) params[name.replace(/-/g, "_")] = one.value;
    }
    fast(element.getAttribute(key), params);
  };
  const touched = (event) => {
    const find = (what) => event.composedPath()[0].closest?.(what);
    const goal = find("[data-fast-goal]");
    const link = find("a[href^=http]");
    goal && (goal.localName == "form") == (event.type == "submit") && fire(goal, "data-fast-goal");
    if (event.button > 1 || !link || isInside(link.hostname)) return;
    if (!options.allowedHostnames?.split(/, */).includes(link.hostname)) send("external_link", { url: link.href });
    else if (!COOKIELESS && ids()) for (const name in NAMES) link.search += "&_df_" + name + "=" + read(name);
  };
  const look = () =>
    d.querySelectorAll("[data-fast-scroll]").forEach((one) => {
      const { top, bottom } = one.getBoundingClientRect();
      const half = Math.min(bottom - top, innerHeight) / 2; // what is higher than the window never shows half of itself
      if (half && !one.df && top + half < innerHeight && bottom > half) fire(one, "data-fast-scroll", (one.df = 1));
    });

  const start = () => {
    // Ids that another website of the same owner handed over in the address, which is then cleaned.
    const clean = l.href
      .replace(/_df_(v..|sid)=([^&#;]+)&?/g, (all, name, value) => (COOKIELESS || write(name, value), ""))
      .replace(/[?&]+$/, "");
    clean == l.href || history.replaceState(history.state, "", clean);
    view();
    for (const one of early) fast(...one);
    for (const name of ["pushState", "replaceState"]) {
      const own = history[name];
      history[name] = (...words) => (soon(), own.apply(history, words));
    }
    on("popstate", soon);
    on("pageshow", (event) => event.persisted && view(1));
    on("click", touched);
    on("auxclick", touched);
    on("submit", touched);
    on("scroll", look);
  };
  isCounted && (d.prerendering ? on("prerenderingchange", start) : start());
})(window, document, location);
