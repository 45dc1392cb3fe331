// Asks every few seconds whether anything changed: counts, comments that a colleague decided on, comments that came.
// Nothing that somebody is reading moves, and the focus stays where it is.
const SECONDS = 10;

customElements.define("queue-pulse", class extends HTMLElement {
  connectedCallback() {
    this.begin(this.dataset.newest);
    this.timer = setInterval(() => this.look(), SECONDS * 1000);
    document.addEventListener("visibilitychange", () => this.look());
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  /** The queue has just been made anew: nothing is news. */
  begin(newest) {
    this.newest = Number(newest ?? this.newest);
    this.say("");
  }

  get queue() {
    return document.querySelector("moderation-queue");
  }

  async look() {
    if (document.hidden || this.queue.ariaBusy === "true" || this.isLooking) return;
    this.isLooking = true;
    try {
      const url = new URL(this.dataset.url, location);
      url.searchParams.set("ids", this.queue.rows.map((row) => row.dataset.id).join(","));
      const headers = this.etag ? { "If-None-Match": this.etag } : {};
      const answer = await fetch(url, { headers, cache: "no-store", redirect: "error" });
      if (answer.status !== 200) return;
      this.etag = answer.headers.get("ETag");
      await this.show(await answer.json());
    } catch {
      // signed out, or the line is down: the next look tells
    } finally {
      this.isLooking = false;
    }
  }

  async show(news) {
    for (const [id, words] of Object.entries(news.decided)) this.cross(id, words);
    for (const [state, number] of Object.entries(news.counts)) {
      const tab = document.querySelector(`.tabs a[href*="state=${state}"]`);
      if (tab) tab.textContent = tab.textContent.replace(/[\d,.\s]*$/, ` ${number}`);
    }
    const waiting = document.querySelector('.rail__link[aria-current] .count');
    if (waiting) waiting.textContent = news.counts.waiting;
    if (news.newest > this.newest) await this.welcome(news.newest);
  }

  /** Somebody else has decided: say who, and offer no second decision. */
  cross(id, words) {
    const row = document.getElementById(`comment-${id}`);
    if (!row || row.classList.contains("queue__row--decided")) return;
    row.classList.add("queue__row--decided");
    for (const each of row.querySelectorAll("button, input")) each.disabled = true;
    row.querySelector('[name="ids"]').checked = false;
    const note = document.createElement("p");
    note.className = "soft queue__decided";
    note.textContent = words;
    row.querySelector(".queue__body").after(note);
  }

  /** What came last joins the end of a queue that has no further page; else a line says so. */
  async welcome(newest) {
    const answer = await fetch(location.href, { cache: "no-store", redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const here = new Set(this.queue.rows.map((row) => row.id));
    const fresh = [...page.querySelectorAll(".queue__row")].filter((row) => !here.has(row.id));
    this.newest = newest;
    if (!fresh.length) return;
    if (!here.size) return this.queue.replace(page, 0);
    const list = this.queue.querySelector(".queue");
    const further = this.queue.querySelector('[rel="next"]') ?? page.querySelector('[rel="next"]');
    if (further || !this.dataset.appends) return this.say(fresh.length);
    list.append(...fresh);
    const form = page.getElementById("queue");
    document.getElementById("queue").action = form.getAttribute("action"); // it covers what is shown now
    this.say("");
  }

  say(number) {
    this.querySelector("a").hidden = !number;
    this.querySelector("p").textContent = number ? `${this.dataset.words} ${number}` : "";
  }
});
