/* data-widget-preview: plays the host page for the widget's frame on the owner's page. */
const frames = [...document.querySelectorAll("[data-widget-preview]")];
addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.data?.type !== "emporion:ready") return;
  const frame = frames.find((one) => one.contentWindow === event.source);
  frame?.contentWindow.postMessage({ type: "emporion:init", customer_id: "", token: "", hash: "", page_url: location.href }, location.origin);
});
// The frame may have been ready before this module ran.
for (const frame of frames) frame.contentWindow?.postMessage({ type: "emporion:init", customer_id: "", token: "", hash: "", page_url: location.href }, location.origin);
