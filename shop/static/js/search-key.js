// "/" and the link to the search open it beside the page; its script comes only then. Without it, /search does the same.
const searchLink = document.querySelector("a[data-search]");
const openSearch = (event) => {
  event.preventDefault();
  import(searchLink.dataset.search).then((panel) => panel.open(searchLink)).catch(() => location.assign(searchLink.href));
};
searchLink?.addEventListener("click", (event) => {
  if (!(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) openSearch(event);
});
if (searchLink) document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select, [contenteditable], dialog")) openSearch(event);
});
