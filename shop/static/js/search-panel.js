// The search beside the page, with results while one types. It is fetched the first time that somebody asks for it.
const WAIT = 150;

const nodes = (html) => new DOMParser().parseFromString(html, "text/html").body.children;

customElements.define("search-panel", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.field = this.querySelector("input");
    this.results = this.querySelector("[data-results]");
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), WAIT);
    });
    this.dialog.addEventListener("keydown", (event) => this.move(event));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog || event.target.closest("[data-close]")) this.dialog.close();
    });
  }

  show() {
    if (!this.dialog.open) this.dialog.showModal();
    this.field.select();
  }

  async look() {
    this.asked?.abort(); // what was typed before no longer counts
    this.asked = new AbortController();
    const words = this.field.value.trim();
    if (!words) return this.results.replaceChildren();
    try {
      const response = await fetch(`${this.dataset.address}?${new URLSearchParams({ q: words })}`, { signal: this.asked.signal });
      // Where it fails, Enter leads to the page, which says what is wrong.
      this.results.replaceChildren(...nodes(response.ok ? await response.text() : ""));
    } catch (error) {
      if (error.name !== "AbortError") this.results.replaceChildren();
    }
  }

  move(event) {
    if (event.key === "Escape") { event.preventDefault(); return this.dialog.close(); } // else it empties the field first
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...this.results.querySelectorAll("li a")];
    const at = links.indexOf(document.activeElement);
    event.preventDefault();
    (links[at + (event.key === "ArrowDown" ? 1 : -1)] ?? this.field).focus();
  }
});

/** Show the panel, fetched once, of the link to the search. */
export async function open(link) {
  let panel = document.querySelector("search-panel");
  if (!panel) {
    const response = await fetch(`${link.href}/panel`);
    if (!response.ok) throw new Error(response.statusText);
    document.body.append(...nodes(await response.text()));
    panel = document.querySelector("search-panel");
    const style = panel.querySelector("link");
    if (!style.sheet) await new Promise((done) => { style.onload = style.onerror = done; });
  }
  panel.show();
}
