// A click on the picture sets its focal point in the two fields below, and a ring shows where it is.
customElements.define("focal-point", class extends HTMLElement {
  connectedCallback() {
    this.fields = ["focus_x", "focus_y"].map((name) => document.querySelector(`[name="${name}"]`));
    this.ring = Object.assign(document.createElement("span"), { className: "media-large__focus" });
    this.querySelector("figure").append(this.ring);
    this.querySelector("img").addEventListener("click", (event) => this.set(event));
    for (const field of this.fields) field.addEventListener("input", () => this.show());
    this.show();
  }

  set(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const parts = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    this.fields.forEach((field, index) => {
      field.value = Math.round(parts[index] * 100);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  show() {
    [this.ring.style.left, this.ring.style.top] = this.fields.map((field) => `${field.value}%`);
  }
});
