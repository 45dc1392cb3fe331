// The queue by keyboard: j k move, x select, a s r decide, u undo, ? keys. Decisions are the same forms as without it;
// the answer is the next state of the same page, of which the queue and the message are taken.
customElements.define("moderation-queue", class extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", (event) => this.press(event));
    document.addEventListener("submit", (event) => {
      const ours = this.contains(event.target) || event.target.matches("[data-undo]");
      if (!ours) return;
      event.preventDefault();
      this.send(event.target, event.submitter);
    });
    this.addEventListener("focusin", (event) => { this.at = this.rows.indexOf(event.target.closest(".queue__row")); });
    this.addEventListener("change", () => this.count());
  }

  get rows() {
    return [...this.querySelectorAll(".queue__row")];
  }

  press(event) {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = this.rows[this.at ?? -1];
    const act = {
      j: () => this.go((this.at ?? -1) + 1),
      k: () => this.go((this.at ?? 1) - 1),
      x: () => row?.querySelector('[name="ids"]').click(),
      u: () => document.querySelector("[data-undo] button")?.click(),
      "?": () => document.getElementById("keys-help")?.showModal(),
    }[event.key] ?? (() => this.decide(event.key, row));
    if (act() !== false) event.preventDefault();
  }

  /** With ticked rows a key means all of them, else the one at hand. */
  decide(key, row) {
    const ticked = this.querySelector('[name="ids"]:checked');
    const place = ticked ? this.querySelector(".bulk-bar") : row;
    const button = place?.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!button) return false;
    button.click();
  }

  go(index) {
    const row = this.rows[Math.max(0, Math.min(index, this.rows.length - 1))];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  count() {
    const field = this.querySelector("[data-count]");
    if (field) field.textContent = this.querySelectorAll('[name="ids"]:checked').length || "";
  }

  async send(form, submitter) {
    if (this.ariaBusy === "true") return;
    const at = this.at ?? 0;
    const mark = (submitter?.closest(".queue__row") ? [submitter.closest(".queue__row")] : this.rows.filter((row) => row.querySelector(":checked")));
    this.ariaBusy = "true";
    for (const row of mark) row.ariaBusy = "true";
    try {
      const response = await fetch(submitter?.getAttribute("formaction") ?? form.action, { method: "POST", keepalive: true, body: new URLSearchParams(new FormData(form, submitter)) });
      if (!response.ok) throw new Error(response.statusText);
      this.replace(new DOMParser().parseFromString(await response.text(), "text/html"), at);
    } catch {
      this.ariaBusy = null;
      for (const row of mark) row.ariaBusy = null;
      location.reload(); // the server knows what was done; show that
    }
  }

  replace(page, at) {
    const next = page.querySelector("moderation-queue");
    if (!next) return location.reload();
    this.replaceChildren(...next.childNodes);
    for (const id of ["toasts", "desk-head"]) {
      const here = document.getElementById(id);
      here?.replaceChildren(...(page.getElementById(id)?.childNodes ?? []));
    }
    const groups = page.querySelectorAll(".rail__group");
    document.querySelectorAll(".rail__group").forEach((group, index) => group.replaceWith(groups[index])); // the counts
    this.ariaBusy = null;
    this.go(at);
  }
});
