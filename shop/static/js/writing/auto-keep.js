// What is typed is sent to the server every few seconds, which keeps it until it is saved or discarded; the answer says
// who else has this open. Without a script, or while the server is away, <keep-words> asks before the page is left.
const KEEP_PAUSE = 2000;
const KEEP_AT_LEAST = 10000;
const PRESENCE_AFTER = 3000;
const PRESENCE_EVERY = 30000;

customElements.define("auto-keep", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.status = this.querySelector("[data-said]");
    this.others = this.querySelector("[data-others]");
    this.form.addEventListener("input", () => this.plan());
    addEventListener("submit", (event) => { if (event.target === this.form && !event.defaultPrevented) this.stop(); });
    addEventListener("pageshow", () => { this.isStopped = false; });
    if (!this.dataset.presence) return;
    this.first = setTimeout(() => this.bePresent(), PRESENCE_AFTER);
    this.beat = setInterval(() => { if (!document.hidden) this.bePresent(); }, PRESENCE_EVERY);
  }

  disconnectedCallback() {
    clearInterval(this.beat);
    clearTimeout(this.first);
    this.stop();
  }

  plan() {
    this.since ??= Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), Math.max(0, Math.min(KEEP_PAUSE, this.since + KEEP_AT_LEAST - Date.now())));
  }

  /** The form is being saved: nothing that is still on its way may be kept after that. */
  stop() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.isStopped = true;
  }

  async keep() {
    if (this.isStopped) return;
    this.since = undefined;
    this.asked?.abort();
    this.asked = new AbortController();
    const typed = new FormData(this.form);
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body: typed, signal: this.asked.signal });
      if (!answer.headers.get("Content-Type").startsWith("application/json")) throw new Error(answer.status);
      const told = await answer.json();
      this.status.textContent = told.said;
      if (!answer.ok) return;
      this.tell(told);
      this.form.dispatchEvent(new CustomEvent("words-kept", { detail: typed }));
    } catch (error) {
      if (error.name === "AbortError") return;
      this.status.textContent = this.dataset.failed;
      if (!this.isStopped) this.timer = setTimeout(() => this.keep(), KEEP_AT_LEAST);
    }
  }

  async bePresent() {
    try {
      const answer = await fetch(this.dataset.presence, { method: "POST" });
      if (answer.ok) this.tell(await answer.json());
    } catch { /* the next one may arrive */ }
  }

  tell({ others, version }) {
    const isNewer = version > Number(this.form.elements.version.value);
    const said = [others, isNewer ? this.dataset.newer : ""].filter(Boolean).join(" ");
    if (this.others.textContent !== said) this.others.textContent = said; // said once, not every half minute
  }
});
