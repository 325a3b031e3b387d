// data-push: a region that turns push on and off in this browser. It carries data-key (the server's public key), data-worker and
// data-add (addresses) and data-devices (fingerprints of the person's devices); it shows one of its parts:
// data-push-is="off on blocked missing". Without scripts the part marked "missing" stands there.
import { arrive } from "./arrive.js";

arrive("[data-push]", async (region) => {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return;
  if (Notification.permission === "denied") return show(region, "blocked");
  const registration = await navigator.serviceWorker.register(region.dataset.worker, { scope: "/" });
  const mine = await registration.pushManager.getSubscription();
  const known = mine && region.dataset.devices.split(" ").includes(await fingerprint(mine.endpoint));
  show(region, known ? "on" : "off");
  region.querySelector("[data-push-turn-on]")?.addEventListener("click", (event) => turnOn(region, registration, event.currentTarget));
});

async function turnOn(region, registration, button) {
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") return show(region, "blocked");
    const key = bytes(region.dataset.key);
    const old = await registration.pushManager.getSubscription();
    if (old && !same(new Uint8Array(old.options.applicationServerKey ?? []), key)) await old.unsubscribe();
    const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const answer = await fetch(region.dataset.add, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": region.querySelector("[name=csrfmiddlewaretoken]").value },
      body: JSON.stringify(made),
    });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    show(region, "on");
  } catch (error) {
    const reason = region.querySelector("[data-push-reason]");
    if (reason) reason.textContent = error.message;
    show(region, "failed");
  } finally {
    button.disabled = false;
  }
}

function show(region, state) {
  for (const part of region.querySelectorAll("[data-push-is]")) part.hidden = part.dataset.pushIs !== state;
}

function bytes(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

function same(one, other) {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

async function fingerprint(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((value) => value.toString(16).padStart(2, "0")).join("");
}
