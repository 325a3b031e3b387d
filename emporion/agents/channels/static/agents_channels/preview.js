/* data-widget-preview="token": plays the host page for the widget's frame on the owner's page; the token shows the draft. */
const frames = [...document.querySelectorAll("[data-widget-preview]")];
const begin = (frame) => frame.contentWindow?.postMessage({ type: "emporion:init", page_url: location.href, preview: frame.dataset.widgetPreview }, location.origin);
addEventListener("message", (event) => {
  const frame = frames.find((one) => one.contentWindow === event.source);
  if (frame && event.origin === location.origin && event.data?.type === "emporion:ready") begin(frame);
});
// The frame may have been ready before this module ran.
frames.forEach(begin);
