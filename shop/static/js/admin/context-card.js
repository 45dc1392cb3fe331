// What a comment was written below, by hover and by focus too; by tap and by Enter it opens without a script.
customElements.define("context-card", class extends HTMLElement {
  connectedCallback() {
    this.box = this.querySelector("details");
    this.summary = this.querySelector("summary");
    let waiting;
    const later = (open) => { clearTimeout(waiting); waiting = setTimeout(() => this.peek(open), open ? 250 : 150); };
    this.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") later(true); });
    this.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") later(false); });
    this.summary.addEventListener("focus", () => { if (this.summary.matches(":focus-visible")) this.peek(true); });
    this.addEventListener("focusout", (event) => { if (!this.contains(event.relatedTarget)) this.peek(false); });
    this.summary.addEventListener("click", (event) => {
      if (!this.isPeek) return;
      event.preventDefault(); // it is open already: now it stays
      this.isPeek = false;
    });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.box.open) return;
      this.box.open = this.isPeek = false;
      this.summary.focus();
    });
  }

  /** Open for as long as somebody looks; what was opened on purpose stays. */
  peek(open) {
    if (open && !this.box.open) this.box.open = this.isPeek = true;
    else if (!open && this.isPeek) this.box.open = this.isPeek = false;
  }
});
