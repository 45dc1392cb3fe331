// The queue by keyboard: j k move, x select, a s r decide, u undo, ? keys. Decisions are the same forms as without it;
// the answer is the next state of the same page, of which the queue and the message are taken. w e h open parts of the
// comment's own page on its card; what is typed there stays while other comments are decided on.
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
    this.addEventListener("click", (event) => this.click(event));
    this.dress();
  }

  get rows() {
    return [...this.querySelectorAll(".queue__row")];
  }

  press(event) {
    const open = event.target.closest(".close-up__part");
    if (open && event.key === "Escape") return this.shut(open);
    if (open && event.key === "Enter" && event.ctrlKey) return open.querySelector("form")?.requestSubmit();
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
    const opens = row?.querySelector(`[data-opens][data-key="${CSS.escape(key)}"]`);
    const place = opens || !ticked ? row : this.querySelector(".bulk-bar");
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

  click(event) {
    const link = event.target.closest("[data-opens]");
    if (event.target.closest("[data-close]")) this.shut(event.target.closest(".close-up__part"));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.open(link).catch(() => location.assign(link.href));
  }

  /** A part of the comment's page, on its card; opened again, it closes. */
  async open(link) {
    const card = link.closest(".queue__row");
    const part = link.dataset.opens;
    const here = card.querySelector(`[data-part="${part}"]`);
    if (here) return this.shut(here);
    const response = await fetch(link.href, { cache: "no-store", redirect: "error" });
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    this.show(card, page.querySelector(`[data-part="${part}"]`));
  }

  show(card, part) {
    if (!part) return location.reload();
    for (const other of card.querySelectorAll(".close-up__part")) other.remove();
    for (const button of part.querySelectorAll("[data-close]")) button.hidden = false;
    card.querySelector(".queue__more").after(part);
    (part.querySelector("textarea") ?? part).focus();
    part.scrollIntoView({ block: "nearest" });
  }

  shut(part) {
    const card = part.closest(".queue__row");
    part.remove();
    card.focus();
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
      const answer = new DOMParser().parseFromString(await response.text(), "text/html");
      const part = form.closest(".close-up__part");
      if (part && response.status === 422) return this.refuse(part, answer);
      if (!response.ok) throw new Error(response.statusText);
      part?.remove();
      this.undos = this.undos.filter((action) => new URL(action, location).href !== form.action);
      this.replace(answer, at);
    } catch {
      this.ariaBusy = null;
      for (const row of mark) row.ariaBusy = null;
      location.reload(); // the server knows what was done; show that
    }
  }

  /** What was typed was not taken: the same part again, with what is wrong. */
  refuse(part, page) {
    const card = part.closest(".queue__row");
    this.ariaBusy = card.ariaBusy = null;
    this.show(card, page.querySelector(`[data-part="${part.dataset.part}"]`));
  }

  replace(page, at) {
    const next = page.querySelector("moderation-queue");
    if (!next) return location.reload();
    const open = [...this.querySelectorAll(".close-up__part")].map((part) => [part.closest(".queue__row").id, part]);
    this.replaceChildren(...next.childNodes);
    for (const [id, part] of open) document.getElementById(id)?.querySelector(".queue__more")?.after(part);
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
