// How many words a text has, and how long reading takes, while it is written.
const WORDS_A_MINUTE = 230;
const MARKS = /<!--[^]*?-->|\[\^\w+\]:?|!?\[([^\]]*)\]\([^)]*\)|^ {0,3}:::? ?.*$|^[#>\s]*(?:[-*+]|\d+[.)])?\s|[*_~`#|]/gm;

customElements.define("word-count", class extends HTMLElement {
  connectedCallback() {
    this.field = this.closest("markdown-editor").querySelector("textarea");
    this.segmenter = globalThis.Intl?.Segmenter && new Intl.Segmenter(document.documentElement.lang, { granularity: "word" });
    this.hidden = false;
    this.field.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.count(), 300); });
    this.field.form.addEventListener("reset", () => this.count());
    this.count();
  }

  count() {
    const text = this.field.value.replace(MARKS, " $1 ");
    const words = this.segmenter ? [...this.segmenter.segment(text)].filter((each) => each.isWordLike).length : text.split(/\s+/).filter(Boolean).length;
    this.querySelector("[data-words]").textContent = words.toLocaleString(document.documentElement.lang);
    this.querySelector("[data-minutes]").textContent = Math.max(1, Math.ceil(words / WORDS_A_MINUTE)).toLocaleString(document.documentElement.lang);
  }
});
