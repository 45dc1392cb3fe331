// Find something by a few words and put it into the text: a link to a page of the site, or what a directive shows.
const SEARCH_PAUSE = 250;

customElements.define("insert-search", class extends HTMLElement {
  connectedCallback() {
    this.field = document.getElementById(this.dataset.field);
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.results = this.querySelector("[data-results]");
    for (const button of document.querySelectorAll("[data-insert-search]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.open());
    }
    this.input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.find(), SEARCH_PAUSE); });
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog || event.target.closest("[data-close]")) this.dialog.close();
      const chosen = event.target.closest("[data-insert]");
      if (chosen) this.choose(chosen);
    });
    this.dialog.addEventListener("keydown", (event) => this.move(event));
  }

  open() {
    this.input.value = this.field.value.slice(this.field.selectionStart, this.field.selectionEnd).slice(0, 100);
    this.results.replaceChildren();
    this.dialog.showModal();
    if (this.input.value) this.find();
  }

  async find() {
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const answer = await fetch(`${this.dataset.url}?${new URLSearchParams({ q: this.input.value })}`, { signal: this.asked.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok) this.results.replaceChildren(...page.body.children);
    } catch (error) {
      if (error.name !== "AbortError") this.results.textContent = this.dataset.failed;
    }
  }

  choose({ dataset }) {
    this.dialog.close();
    if ("block" in dataset) insertBlock(this.field, dataset.insert);
    else typeInto(this.field, this.field.selectionStart, this.field.selectionEnd, dataset.insert);
  }

  move(event) {
    if (event.key === "Escape") { event.preventDefault(); return this.dialog.close(); } // else it empties the field first
    const buttons = [...this.results.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "Enter" && at < 0) {
      event.preventDefault();
      buttons[0]?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      (buttons[at + (event.key === "ArrowDown" ? 1 : -1)] ?? this.input).focus();
    }
  }
});

// The library's own chooser, whose field is not part of the form: what is chosen there is put into the text.
customElements.define("insert-picture", class extends HTMLElement {
  connectedCallback() {
    const field = document.getElementById(this.dataset.field);
    const choice = this.querySelector("picture-choice");
    const opener = document.querySelector(this.dataset.opener);
    opener.hidden = !choice?.dataset.library;
    opener.addEventListener("click", () => { choice.empty(); choice.open(); });
    choice?.addEventListener("done", () => {
      const numbers = choice.input.value;
      if (numbers) insertBlock(field, `::${numbers.includes(" ") ? "gallery" : "picture"}[${numbers}]`);
    });
  }
});
