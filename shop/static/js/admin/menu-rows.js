// The rows of a menu: ordered by buttons, or by Alt with the arrow keys in a field, without sending the form.
customElements.define("menu-rows", class extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    this.model = this.querySelector("template").content.firstElementChild;
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-act]");
      if (!button) return;
      event.preventDefault();
      this[button.dataset.act](button.closest("li"), button);
    });
    this.addEventListener("keydown", (event) => {
      const act = event.altKey ? { ArrowUp: "up", ArrowDown: "down" }[event.key] : undefined;
      const row = event.target.closest("li");
      if (!act || !row) return;
      event.preventDefault();
      this[act](row, event.target);
    });
  }

  up(row, focused) {
    row.previousElementSibling?.before(row);
    this.changed(focused);
  }

  down(row, focused) {
    row.nextElementSibling?.after(row);
    this.changed(focused);
  }

  remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.changed(next?.querySelector("input") ?? this.querySelector("select"));
  }

  add() {
    const chosen = this.querySelector("select").selectedOptions[0];
    const row = this.model.cloneNode(true);
    const [name, address] = row.querySelectorAll("input");
    if (chosen.value) Object.assign(name, { value: chosen.textContent });
    address.value = chosen.value;
    this.list.append(row);
    this.changed(name);
  }

  changed(focused) {
    focused.focus();
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
