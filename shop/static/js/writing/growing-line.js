// A title that grows over several lines and stays one: Enter goes on to the next field, and a pasted line break is a space.
customElements.define("growing-line", class extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("textarea");
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const fields = [...this.field.form.elements].filter((each) => each.matches("input:not([type=hidden]), textarea"));
      fields[fields.indexOf(this.field) + 1]?.focus();
    });
    this.field.addEventListener("input", () => {
      if (this.field.value.includes("\n")) this.field.setRangeText(this.field.value.replace(/\s*\n\s*/g, " "), 0, this.field.value.length, "end");
      this.grow();
    });
    this.grow();
  }

  /** For browsers that do not know `field-sizing`. */
  grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.field.rows = 1;
    while (this.field.scrollHeight > this.field.clientHeight + 4 && this.field.rows < 12) this.field.rows += 1;
  }
});
