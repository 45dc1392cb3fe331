// "/" and the link to the search open it beside the page; its script comes only then. Without it, /search does the same.
const openSearch = (event, link) => {
  if (!link) return;
  event.preventDefault();
  import(link.dataset.search).then((panel) => panel.open(link)).catch(() => location.assign(link.href));
};
document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (plain) openSearch(event, event.target.closest("[data-search]"));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, dialog")) openSearch(event, document.querySelector("[data-search]"));
});
