// Copies the address of a link instead of following it, and says so. Without a script, or where a browser refuses, it is a link.
customElements.define("copy-link", class extends HTMLElement {
  connectedCallback() {
    const link = this.querySelector("a");
    link.addEventListener("click", (event) => {
      if (!navigator.clipboard) return;
      event.preventDefault();
      navigator.clipboard.writeText(link.href).then(
        () => { this.querySelector("[role=status]").textContent = this.dataset.copied; },
        () => location.assign(link.href),
      );
    });
  }
});
