// The buttons above a text. One stop of the Tab key, and arrows within (WAI-ARIA Authoring Practices, toolbar).
customElements.define("editor-toolbar", class extends HTMLElement {
  connectedCallback() {
    this.editor = this.closest("markdown-editor");
    this.bar = this.querySelector("[role=toolbar]");
    this.bar.hidden = false;
    this.visit(this.buttons[0]);
    this.addEventListener("keydown", (event) => this.move(event));
    this.addEventListener("focusin", (event) => { if (this.buttons.includes(event.target)) this.visit(event.target); });
    this.addEventListener("click", (event) => {
      const act = ACTS[event.target.closest("button")?.dataset.act];
      if (act) act(this.editor.querySelector("textarea"));
    });
  }

  get buttons() {
    return [...this.bar.querySelectorAll("button")];
  }

  visit(button) {
    for (const each of this.buttons) each.tabIndex = each === button ? 0 : -1;
  }

  move(event) {
    const at = this.buttons.indexOf(event.target);
    if (at < 0) return;
    const isMirrored = getComputedStyle(this).direction === "rtl";
    const last = this.buttons.length - 1;
    const [back, on] = isMirrored ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
    const to = { [back]: at ? at - 1 : last, [on]: at < last ? at + 1 : 0, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.buttons[to].focus();
  }
});
