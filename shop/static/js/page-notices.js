// A live region that is full from the start stays silent in most screen readers: put its notices in once more.
customElements.define("page-notices", class extends HTMLElement {
  connectedCallback() {
    const notices = [...this.children];
    if (!notices.length) return;
    this.replaceChildren();
    setTimeout(() => this.append(...notices), 150);
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-dismiss]")) event.target.closest(".notice, .toast").remove();
    });
  }
});
