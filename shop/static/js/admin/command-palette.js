// Ctrl K: go anywhere by typing. The same links stand in the rail for everybody else.
customElements.define("command-palette", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.field = this.querySelector("input");
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
    this.field.addEventListener("input", () => this.filter());
    this.dialog.addEventListener("keydown", (event) => this.move(event));
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
  }

  open() {
    this.field.value = "";
    this.filter();
    this.dialog.showModal();
  }

  get shown() {
    return this.items.filter((item) => !item.hidden).map((item) => item.querySelector("a"));
  }

  filter() {
    const words = this.field.value.toLocaleLowerCase().split(/\s+/);
    for (const item of this.items) item.hidden = !words.every((word) => item.textContent.toLocaleLowerCase().includes(word));
    this.none.hidden = this.shown.length > 0;
  }

  move(event) {
    const links = this.shown;
    const at = links.indexOf(document.activeElement);
    if (event.key === "Enter" && at < 0) {
      event.preventDefault();
      links[0]?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      (links[at + (event.key === "ArrowDown" ? 1 : -1)] ?? this.field).focus();
    }
  }
});
