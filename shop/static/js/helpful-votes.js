// "Helpful" is a toggle: pressed here, without loading the page again. Without a script the same buttons send the form.
customElements.define("helpful-votes", class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      if (this.isPlain) return;
      event.preventDefault();
      this.send(event.submitter).catch(() => {
        this.isPlain = true; // the page says what is wrong
        this.form.requestSubmit(event.submitter);
      });
    });
  }

  async send(button) {
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    const body = new URLSearchParams(new FormData(this.form, button));
    const response = await fetch(this.form.action, { method: "POST", headers: { "X-Fragment": "helpful" }, body }).finally(() => { button.ariaBusy = null; });
    if (!response.ok) throw new Error(response.statusText);
    this.show(button, await response.json());
  }

  show(button, { number, pressed, said }) {
    const wanted = button.name === "comment";
    button.name = pressed ? "undo" : "comment";
    button.ariaPressed = String(pressed);
    button.querySelector("b")?.remove();
    if (number) button.append(Object.assign(document.createElement("b"), { textContent: number }));
    if (button.nextElementSibling?.role === "alert") button.nextElementSibling.remove();
    if (pressed !== wanted) button.after(Object.assign(document.createElement("span"), { role: "alert", className: "soft", textContent: said }));
  }
});
