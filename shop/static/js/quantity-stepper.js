// Buttons for a number field that works without them. Several presses in a row count as one change.
customElements.define("quantity-stepper", class extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input");
    let waiting;
    for (const button of this.querySelectorAll("button")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const lowest = Number(field.min || 0);
        field.value = Math.max(lowest, Number(field.value) + Number(button.value));
        clearTimeout(waiting);
        waiting = setTimeout(() => field.dispatchEvent(new Event("change", { bubbles: true })), 400);
      });
    }
  }
});
