// Shows what is pushed, says that it arrived and was opened, and answers with one tap without opening the app.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const told = read(event.data);
  event.waitUntil(Promise.all([show(told), say(told, "arrived")]));
});

self.addEventListener("notificationclick", (event) => {
  const told = event.notification.data;
  event.notification.close();
  event.waitUntil(Promise.all([say(told, "opened"), act(event.action, told)]));
});

function read(data) {
  try {
    return data.json();
  } catch {
    return { title: "Emporion", body: data?.text() ?? "", url: "/notifications/" };
  }
}

function show(told) {
  return self.registration.showNotification(told.title, {
    body: told.body,
    tag: told.tag || undefined,
    renotify: Boolean(told.tag),
    requireInteraction: Boolean(told.is_urgent),
    icon: told.icon,
    badge: told.badge,
    data: told,
    actions: buttons(told),
  });
}

function buttons(told) {
  const answer = { action: "answer", title: told.answer_label };
  const decide = { action: "decide", title: told.decide_label };
  return [...(told.answer_url ? [answer] : []), ...(told.decide_url ? [decide] : [])];
}

function act(action, told) {
  if (action === "answer") return answer(told);
  return open(action === "decide" ? { ...told, url: told.decide_url } : told);
}

// What we cannot tell the server costs nobody the notification.
function say(told, what) {
  return told?.receipt_url ? fetch(`${told.receipt_url}?what=${what}`, { method: "POST" }).catch(() => {}) : Promise.resolve();
}

async function answer(told) {
  const got = await fetch(told.answer_url, { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
  return got?.ok ? show({ ...told, title: `✓ ${told.title}`, is_urgent: false, answer_url: "" }) : open(told);
}

async function open(told) {
  const address = new URL(told?.url || "/", self.location.origin).href;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows.find((one) => one.url === address);
  return shown ? shown.focus() : self.clients.openWindow(address);
}
