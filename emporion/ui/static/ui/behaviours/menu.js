// data-menu on a popover: arrow keys walk through it, and it is placed by hand where CSS anchors are not known.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[data-menu]:popover-open");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step || event.target.matches("input:not([type=checkbox], [type=radio]), select, textarea")) return; // their own keys
  const items = [...menu.querySelectorAll("a, button, input")].filter((item) => !item.disabled);
  items.at((items.indexOf(document.activeElement) + step) % items.length)?.focus();
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const opener = event.target.closest?.("[popovertarget]");
  if (!opener || event.key !== "ArrowDown") return;
  const menu = document.getElementById(opener.getAttribute("popovertarget"));
  if (!menu?.matches("[data-menu]")) return;
  menu.showPopover({ source: opener });
  menu.querySelector("a, button, input")?.focus();
  event.preventDefault();
});

if (!CSS.supports("position-area", "bottom")) {
  document.addEventListener("beforetoggle", (event) => {
    const menu = event.target;
    if (event.newState !== "open" || !menu.matches?.("[data-menu]")) return;
    const opener = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`).getBoundingClientRect();
    requestAnimationFrame(() => {
      const left = menu.classList.contains("from-start") ? opener.left : opener.right - menu.offsetWidth;
      menu.style.left = `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`;
      menu.style.top = `${Math.min(opener.bottom, innerHeight - menu.offsetHeight - 12)}px`;
    });
  }, true);
}
