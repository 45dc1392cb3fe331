// Find and replace in the text of the editor. Its fields belong to a form of their own, so that Enter finds and does not
// save.
customElements.define("find-replace", class extends HTMLElement {
  connectedCallback() {
    this.field = this.closest("markdown-editor").querySelector("textarea");
    this.opener = this.closest("markdown-editor").querySelector("[data-find]");
    this.status = this.querySelector("[role=status]");
    const [find, replace, isExact] = this.querySelectorAll("input");
    Object.assign(this, { find, replace, isExact });
    this.opener.addEventListener("click", () => (this.hidden ? this.open() : this.close()));
    find.form.addEventListener("submit", (event) => { event.preventDefault(); this.step(1); });
    this.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
    this.addEventListener("click", (event) => {
      const act = event.target.closest("button[value]")?.value;
      if (act) this[act]();
    });
  }

  open() {
    const { value, selectionStart, selectionEnd } = this.field;
    const selected = value.slice(selectionStart, selectionEnd);
    if (selected && !selected.includes("\n")) this.find.value = selected;
    this.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.find.select();
    this.find.focus();
    this.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    this.field.focus();
  }

  /** Where it stands: each place as [from, to]. */
  places() {
    if (!this.find.value) return [];
    const pattern = new RegExp(this.find.value.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"), this.isExact.checked ? "g" : "gi");
    return [...this.field.value.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length]);
  }

  previous() { this.step(-1); }

  step(by) {
    const places = this.places();
    const { selectionStart: from, selectionEnd: to } = this.field;
    const after = places.findIndex(([begin]) => begin >= to && !(begin === from && to > from));
    const before = places.findLastIndex(([, end]) => end <= from);
    const at = by > 0 ? Math.max(after, 0) : before < 0 ? places.length - 1 : before;
    this.show(places, at);
  }

  /** Select a place and bring it into sight; the focus stays where it was. */
  show(places, at) {
    if (!places.length) return this.say("none");
    const before = document.activeElement;
    this.field.blur();
    this.field.setSelectionRange(...places[at]);
    this.field.focus();
    before.focus({ preventScroll: true });
    this.say("found", { at: at + 1, all: places.length });
  }

  replaceOne() {
    const { selectionStart, selectionEnd } = this.field;
    const isThere = this.places().some(([from, to]) => from === selectionStart && to === selectionEnd);
    const button = document.activeElement;
    if (isThere) typeInto(this.field, selectionStart, selectionEnd, this.replace.value);
    button.focus({ preventScroll: true });
    this.step(1);
  }

  replaceAll() {
    const places = this.places();
    const { value } = this.field;
    const pieces = places.map(([from], index) => value.slice(index ? places[index - 1][1] : 0, from) + this.replace.value);
    if (places.length) typeInto(this.field, 0, value.length, pieces.join("") + value.slice(places.at(-1)[1]));
    this.say(places.length ? "replaced" : "none", { all: places.length });
  }

  say(what, numbers = {}) {
    this.status.textContent = this.dataset[what].replace(/\{(\w+)\}/g, (_whole, name) => numbers[name]);
  }
});
