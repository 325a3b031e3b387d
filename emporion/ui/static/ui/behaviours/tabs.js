// data-tabs="group": shows one panel at a time, and remembers the choice for all groups of the same name (code languages).
// data-scroll-to-current: brings the current tab into view on a narrow screen.
import { arrive } from "./arrive.js";

arrive("[data-tabs]", (group) => {
  const list = group.querySelector('[role="tablist"]');
  list.hidden = false;
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const remembered = sessionStorage.getItem(`tabs:${group.dataset.tabs}`);
  select(tabs, tabs.find((tab) => tab.textContent.trim() === remembered) ?? tabs[0]);
  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (!tab) return;
    sessionStorage.setItem(`tabs:${group.dataset.tabs}`, tab.textContent.trim());
    select(tabs, tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length);
    next.click();
    next.focus();
  });
});

arrive("[data-scroll-to-current]", (list) => {
  const current = list.querySelector("[aria-current]");
  if (current && list.scrollWidth > list.clientWidth) list.scrollLeft = current.offsetLeft - 24;
});

function select(tabs, chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
  }
}
