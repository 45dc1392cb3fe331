// Counts the ticked rows and ticks them all; the form behind it works alone.
customElements.define("bulk-actions", class extends HTMLElement {
  connectedCallback() {
    const all = this.querySelector("[data-pick-all]");
    const count = this.querySelector("[data-count]");
    const boxes = () => [...this.querySelectorAll('[name="ids"]')];
    if (all) all.hidden = false;
    this.addEventListener("change", (event) => {
      if (event.target === all) for (const box of boxes()) box.checked = all.checked;
      const ticked = boxes().filter((box) => box.checked).length;
      if (all) {
        all.checked = ticked > 0 && ticked === boxes().length;
        all.indeterminate = ticked > 0 && !all.checked;
      }
      if (count) count.textContent = ticked || "";
    });
  }
});
