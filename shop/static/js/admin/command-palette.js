// Ctrl K: go anywhere, find anything, do something, by typing. The sections stand in the rail and the lists have a search,
// for everybody else.
const WAIT = 150;

customElements.define("command-palette", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.field = this.querySelector("input");
    this.list = this.querySelector("ul");
    this.items = [...this.querySelectorAll("li")];
    this.none = this.querySelector("[data-none]");

    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.dialog.open ? this.dialog.close() : this.open();
    });
    for (const button of document.querySelectorAll("[data-palette]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.open());
    }
    this.field.addEventListener("input", () => {
      this.filter();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.find(), WAIT);
    });
    this.dialog.addEventListener("keydown", (event) => this.move(event));
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
  }

  open() {
    this.field.value = "";
    this.show([]);
    this.filter();
    this.dialog.showModal();
  }

  get shown() {
    return [...this.list.children].filter((item) => !item.hidden).map((item) => item.querySelector("a, button"));
  }

  filter() {
    const words = this.field.value.toLocaleLowerCase().split(/\s+/);
    for (const item of this.items) item.hidden = !words.every((word) => item.textContent.toLocaleLowerCase().includes(word));
    this.none.hidden = this.shown.length > 0;
  }

  /** Things of the site, below the sections and what can be done. */
  async find() {
    const typed = this.field.value.trim();
    this.asked?.abort(); // what was typed before no longer counts
    this.asked = new AbortController();
    try {
      const response = await fetch(`${this.dataset.address}?${new URLSearchParams({ q: typed })}`, { signal: this.asked.signal });
      if (!response.ok || response.redirected) return;
      this.show(new DOMParser().parseFromString(await response.text(), "text/html").body.children);
    } catch {
      // The sections are there all the same.
    }
  }

  show(found) {
    for (const old of this.list.querySelectorAll("[data-found]")) old.remove();
    this.list.append(...found);
    this.none.hidden = this.shown.length > 0;
  }

  move(event) {
    if (event.key === "Escape") { event.preventDefault(); return this.dialog.close(); } // else it empties the field first
    const places = this.shown;
    const at = places.indexOf(document.activeElement);
    if (event.key === "Enter" && at < 0) {
      event.preventDefault();
      places[0]?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      (places[at + (event.key === "ArrowDown" ? 1 : -1)] ?? this.field).focus();
    }
  }
});
