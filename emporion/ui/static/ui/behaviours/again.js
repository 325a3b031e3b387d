// hx-trigger="load, again" on a part of the page that comes by itself: nobody is there to press a button once more, so a request
// that failed is made again after two, four and eight seconds, and only then is it said that it failed.
const WAITS_MS = [2_000, 4_000, 8_000];
const tries = new WeakMap();

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  // In capture, so that a failure that is tried again is not told by toast.js.
  document.addEventListener(name, again, true);
}

function again(event) {
  const { elt, xhr } = event.detail;
  const tried = tries.get(elt) ?? 0;
  const isLasting = xhr?.status >= 400 && xhr.status < 500 && xhr.status !== 429;
  if (!elt.getAttribute("hx-trigger")?.includes("again") || isLasting || tried >= WAITS_MS.length) return;
  event.stopPropagation();
  tries.set(elt, tried + 1);
  setTimeout(() => elt.dispatchEvent(new Event("again")), WAITS_MS[tried]);
}
