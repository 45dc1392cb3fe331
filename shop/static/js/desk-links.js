// Staff who are signed in get a link beside each comment to the page where they answer and edit it. A readable cookie says
// who is staff, because the page is the same for everyone.
customElements.define("desk-links", class extends HTMLElement {
  connectedCallback() {
    if (!/(?:^|; )(?:__Host-)?member=2/.test(document.cookie)) return;
    this.link();
    new MutationObserver(() => this.link()).observe(this.parentElement, { childList: true, subtree: true });
  }

  link() {
    for (const button of this.parentElement.querySelectorAll('[form="helpful"]:not([data-linked])')) {
      button.dataset.linked = "";
      const link = Object.assign(document.createElement("a"), { className: "comment__act", href: `${this.dataset.url}${button.value}?on=article`, textContent: this.dataset.words });
      button.after(link);
    }
  }
});
