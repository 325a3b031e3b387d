// Runs a function once for every element with a data attribute, now and whenever htmx or another script brings one in.
export function arrive(selector, start) {
  const seen = new WeakSet();
  const look = (root) => {
    const found = root.matches?.(selector) ? [root] : [];
    for (const element of [...found, ...root.querySelectorAll(selector)]) {
      if (seen.has(element)) continue;
      seen.add(element);
      start(element);
    }
  };
  look(document);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) look(node);
  }).observe(document.documentElement, { childList: true, subtree: true });
}
