// The numbers of images in a field, as pictures: chosen from the library in a dialog, put in order, removed. The field
// itself holds what is sent, so that a form without a script works by numbers.
customElements.define("picture-choice", class extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.list = this.querySelector("ul");
    this.most = Number(this.dataset.most);
    if (!this.dataset.library) return;
    this.input.hidden = true;
    this.querySelector(".picture-choice__numbers").remove();
    Object.assign(this, { role: "group", ariaLabel: this.dataset.label });
    this.querySelector("a").replaceWith(this.button(this.dataset.choose, () => this.open()));
    for (const item of this.list.children) this.equip(item);
  }

  button(label, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: label });
    made.addEventListener("click", act);
    return made;
  }

  /** What can be done with a chosen picture. */
  equip(item) {
    const tools = Object.assign(document.createElement("span"), { className: "cluster" });
    if (this.most > 1) tools.append(this.button(this.dataset.earlier, () => { item.previousElementSibling?.before(item); this.keep(); }));
    tools.append(this.button(this.dataset.remove, () => { item.remove(); this.keep(); }));
    item.append(tools);
  }

  keep() {
    this.input.value = [...this.list.children].map((item) => item.dataset.number).join(" ");
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  empty() {
    this.list.replaceChildren();
    this.keep();
  }

  async open() {
    this.dialog = Object.assign(document.createElement("dialog"), { className: "picture-choice__dialog", ariaLabel: this.dataset.label });
    this.body = document.createElement("div");
    const head = document.createElement("p");
    head.append(
      Object.assign(document.createElement("strong"), { textContent: this.dataset.label }),
      this.most > 1 ? this.button(this.dataset.done, () => this.dialog.close("done")) : this.button(this.dataset.close, () => this.dialog.close()),
    );
    this.dialog.append(head, this.body);
    this.dialog.addEventListener("close", () => { this.dialog.remove(); if (this.dialog.returnValue) this.dispatchEvent(new Event("done")); });
    this.dialog.addEventListener("click", (event) => this.clicked(event));
    this.dialog.addEventListener("submit", (event) => { event.preventDefault(); this.show(`${event.target.action}?${new URLSearchParams(new FormData(event.target))}`); });
    this.dialog.addEventListener("change", (event) => { if (event.target.type === "file") this.add(event.target); });
    document.body.append(this.dialog);
    await this.show(this.dataset.library);
    this.dialog.showModal();
  }

  async show(address) {
    const answer = await fetch(address);
    if (answer.ok) this.body.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    this.mark();
  }

  /** Where several may be chosen, the library shows which ones are. */
  mark() {
    if (this.most === 1) return;
    for (const each of this.body.querySelectorAll("[data-number]")) each.ariaPressed = String(Boolean(this.chosen(each.dataset.number)));
  }

  chosen(number) {
    return this.list.querySelector(`[data-number="${number}"]`);
  }

  clicked(event) {
    const link = event.target.closest("a");
    if (link) { event.preventDefault(); this.show(link.href); }
    const picked = event.target.closest("[data-number]");
    if (picked) this.choose(picked);
  }

  choose(picked) {
    const before = this.chosen(picked.dataset.number);
    if (this.most === 1) this.list.replaceChildren();
    if (this.most > 1 && before) {
      before.remove();
      this.keep();
    } else if (this.list.children.length < this.most) {
      const item = document.createElement("li");
      item.dataset.number = picked.dataset.number;
      item.append(picked.firstElementChild.cloneNode(true));
      this.equip(item);
      this.list.append(item);
      this.keep();
    }
    if (this.most === 1) this.dialog.close("done");
    else this.mark();
  }

  async add(input) {
    const answer = await fetch(input.form.action, { method: "POST", body: new FormData(input.form) });
    const page = answer.ok ? null : new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page) input.form.querySelector("[role=status]").textContent = page.querySelector(".field__error")?.textContent.trim() ?? "";
    else this.show(this.dataset.library);
  }
});
