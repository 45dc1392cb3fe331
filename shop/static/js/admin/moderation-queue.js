// The queue by keyboard: j k move, x select, a s r decide, u undo, ? keys. Decisions are the same forms as without it;
// the answer is the next state of the same page, of which the queue and the message are taken.
const UNDO_SECONDS = 10;

customElements.define("moderation-queue", class extends HTMLElement {
  undos = [];

  connectedCallback() {
    document.addEventListener("keydown", (event) => this.press(event));
    document.addEventListener("submit", (event) => {
      const ours = this.contains(event.target) || event.target.matches("[data-undo]");
      if (!ours) return;
      event.preventDefault();
      this.send(event.target, event.submitter);
    });
    this.addEventListener("focusin", (event) => { this.at = this.rows.indexOf(event.target.closest(".queue__row")); });
    this.addEventListener("change", (event) => this.tick(event.target));
    this.dress();
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
      X: () => this.querySelector("[data-pick-all]")?.click(),
      u: () => this.undo(),
      c: () => this.unfold(row, ".context"),
      o: () => this.unfold(row, ".queue__alike"),
      n: () => this.querySelector('[rel="next"]')?.click(),
      "/": () => this.search(),
      "?": () => document.getElementById("keys-help")?.showModal(),
    }[event.key] ?? (() => this.decide(event.key, row));
    if (act() !== false) event.preventDefault();
  }

  /** With ticked rows a key means all of them, else the one at hand. */
  decide(key, row) {
    const ticked = this.querySelector('[name="ids"]:checked, [name="all"]:checked');
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

  unfold(row, which) {
    const details = row?.querySelector(which);
    if (details) details.open = !details.open;
  }

  search() {
    const box = document.querySelector(".queue-search");
    box.open = true;
    box.querySelector("input[type=search]").focus();
  }

  tick(box) {
    const boxes = [...this.querySelectorAll('[name="ids"]:not(:disabled)')];
    const all = this.querySelector("[data-pick-all]");
    if (box === all) for (const each of boxes) each.checked = all.checked;
    const ticked = boxes.filter((each) => each.checked);
    if (all) {
      all.checked = ticked.length > 0 && ticked.length === boxes.length;
      all.indeterminate = ticked.length > 0 && !all.checked;
    }
    const comments = ticked.reduce((sum, each) => sum + Number(each.dataset.size), 0); // a card may stand for many
    const count = this.querySelector("[data-count]");
    if (count) count.textContent = this.querySelector('[name="all"]:checked') ? count.dataset.all : comments || "";
  }

  /** The last decision of this page that was not undone, also when its message has gone. */
  undo() {
    const action = this.undos.at(-1);
    if (!action) return false;
    this.send(Object.assign(document.createElement("form"), { action }));
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
      this.undos = this.undos.filter((action) => new URL(action, location).href !== form.action);
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
    document.querySelector("queue-pulse")?.begin(page.querySelector("queue-pulse")?.dataset.newest);
    this.ariaBusy = null;
    this.dress();
    this.go(at);
  }

  /** What works with a script alone appears; an undo goes after ten seconds, unless somebody is about to press it. */
  dress() {
    for (const each of this.querySelectorAll("[data-needs-script]")) each.hidden = false;
    const undo = document.querySelector("[data-undo]")?.getAttribute("action");
    if (undo && !this.undos.includes(undo)) this.undos.push(undo);
    if (undo) setTimeout(() => this.expire(undo), UNDO_SECONDS * 1000);
  }

  expire(undo) {
    const toast = document.querySelector(`[data-undo][action="${CSS.escape(undo)}"]`)?.closest(".toast");
    if (!toast) return;
    if (toast.matches(":hover, :focus-within") || this.ariaBusy === "true") setTimeout(() => this.expire(undo), 2000);
    else toast.remove();
  }
});
