// A live region that is full from the start stays silent in most screen readers: its notices change places with their
// twins once, which is heard and not seen.
customElements.define("page-notices", class extends HTMLElement {
  connectedCallback() {
    setTimeout(() => {
      for (const notice of [...this.children]) notice.replaceWith(notice.cloneNode(true));
    }, 150);
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-dismiss]")) event.target.closest(".notice, .toast").remove();
    });
  }
});
