// Words that were typed and not saved: asks before the page is left, and keeps them in this browser for a week.
const WEEK = 7 * 24 * 3600 * 1000;
const PREFIX = "words:";
const UNKEPT = new Set(["hidden", "password", "file", "submit", "button"]);

customElements.define("keep-words", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.key = PREFIX + this.dataset.key;
    this.shown = JSON.stringify(this.typed());
    this.version = this.dataset.version || this.shown; // where nothing counts the saves, what is stored says it
    this.isChanged = "unsaved" in this.dataset;
    this.forget();
    this.offer(this.read(this.key));
    this.form.addEventListener("input", () => {
      this.isChanged = JSON.stringify(this.typed()) !== this.shown || "unsaved" in this.dataset;
      this.write({ isSent: false });
    });
    this.form.addEventListener("words-kept", () => { // the server has them, and offers them again
      localStorage.removeItem(this.key);
      this.isChanged = false;
    });
    addEventListener("submit", (event) => { // at the window: others may still stop it
      if (event.target !== this.form || event.defaultPrevented) return;
      if (this.isChanged) this.write({ isSent: true });
      this.isSending = true;
    });
    addEventListener("pageshow", () => { this.isSending = false; });
    addEventListener("beforeunload", (event) => { if (this.isChanged && !this.isSending) event.preventDefault(); });
    this.querySelector("[data-restore]").addEventListener("click", () => this.restore());
    this.querySelector("[data-discard]").addEventListener("click", () => { localStorage.removeItem(this.key); this.hidden = true; });
  }

  /** What stands in the fields, by name; boxes by name and value. */
  typed() {
    const fields = [...this.form.elements].filter((each) => each.name && !UNKEPT.has(each.type));
    return Object.fromEntries(fields.map((each) => (each.matches("[type=checkbox], [type=radio]") ? [`${each.name}=${each.value}`, each.checked] : [each.name, each.value.replaceAll("\r\n", "\n").trim()])));
  }

  read(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }

  write(more) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), version: this.version, typed: this.typed(), ...more }));
    } catch { /* no room, or not allowed: the question before leaving is still asked */ }
  }

  /** Old words, and those of a new thing that has been saved as this one. */
  forget() {
    const now = this.typed();
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
      const kept = this.read(key);
      const isThis = key === PREFIX + this.dataset.before && kept?.isSent && kept.typed.title === now.title && kept.typed.subject === now.subject;
      if (!kept || kept.at < Date.now() - WEEK || isThis) localStorage.removeItem(key);
    }
  }

  offer(kept) {
    if (!kept) return;
    const isSaved = kept.isSent && kept.version !== this.version;
    if (isSaved || JSON.stringify(kept.typed) === this.shown) return localStorage.removeItem(this.key);
    this.kept = kept;
    this.querySelector("[data-when]").textContent = this.moment(new Date(kept.at));
    this.hidden = false;
  }

  /** A day and an hour as the pages write them, by the clock of the site. */
  moment(at) {
    const { lang } = document.documentElement;
    const { moment } = this.dataset;
    const timeZone = document.querySelector("[data-zone]").dataset.zone;
    const day = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : `${lang}-u-nu-latn`, { dateStyle: "long", timeZone }).format(at);
    const time = new Intl.DateTimeFormat(`${lang}-u-nu-latn`, { timeStyle: "short", timeZone }).format(at);
    return moment.replace("{day}", day).replace("{time}", time);
  }

  restore() {
    for (const each of this.form.elements) {
      const box = `${each.name}=${each.value}`;
      if (box in this.kept.typed && each.type !== "hidden") each.checked = this.kept.typed[box];
      else if (each.name in this.kept.typed && !UNKEPT.has(each.type)) each.value = this.kept.typed[each.name];
    }
    this.hidden = true;
    this.isChanged = true;
    this.form.querySelector("textarea, input:not([type=hidden])")?.focus();
  }
});
