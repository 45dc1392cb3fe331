// Loads what another site shows in the place of its card, when a reader presses it. Without a script the card is a link.
customElements.define("embed-frame", class extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.frame) return;
    this.querySelector(".embed__note").hidden = false;
    this.querySelector("a").addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return; // in a window of its own, as links do
      event.preventDefault();
      const frame = Object.assign(document.createElement("iframe"), { src: this.dataset.frame, title: this.dataset.title, allow: "autoplay; encrypted-media; fullscreen; picture-in-picture" });
      frame.className = "embed__frame";
      this.replaceChildren(frame);
      frame.focus();
    });
  }
});
