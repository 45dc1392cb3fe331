// The inside of the cart, in the drawer and on /cart: sends its forms and shows the server's answer in its own place.
customElements.define("cart-contents", class extends HTMLElement {
  connectedCallback() {
    this.status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
    this.status.setAttribute("role", "status");
    this.after(this.status); // outside of what is replaced, or nobody would hear it

    this.addEventListener("submit", (event) => {
      if (!event.target.matches("[data-cart-line]") && !event.submitter?.matches("[data-code]")) return;
      event.preventDefault();
      this.send(event.target, event.submitter);
    });
    this.addEventListener("change", (event) => {
      if (event.target.name === "quantity") event.target.form.requestSubmit();
    });
  }

  async send(form, submitter) {
    if (this.ariaBusy === "true") return;
    this.ariaBusy = "true";
    const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
    try {
      const response = await fetch(action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form, submitter)),
        headers: { Accept: "text/html", "X-Fragment": "drawer" },
      });
      if (!response.ok && response.status !== 422) throw new Error(response.statusText);
      this.fill(await response.text());
    } catch {
      form.action = action;
      form.submit(); // the browser's own way shows what went wrong
    } finally {
      this.ariaBusy = null;
    }
  }

  async load() {
    this.ariaBusy = "true";
    const response = await fetch("/cart", { headers: { Accept: "text/html", "X-Fragment": "drawer" } }).finally(() => { this.ariaBusy = null; });
    if (!response.ok) throw new Error(response.statusText);
    this.fill(await response.text());
  }

  /** Show a fragment; whoever was at work in a line stays there, even when the line has been drawn anew. */
  fill(html) {
    const inside = this.contains(document.activeElement);
    const { id } = document.activeElement;
    const note = this.querySelector("textarea")?.value;
    this.innerHTML = html;
    const field = this.querySelector("textarea");
    if (note && field) field.value = note;
    if (inside) (document.getElementById(id) || (id.startsWith("code") && this.querySelector(".code :is(summary, button)")) || this.querySelector("a:not([tabindex]), button"))?.focus();
    this.status.textContent = this.querySelector("[data-announcement]")?.dataset.announcement ?? "";
    document.dispatchEvent(new CustomEvent("cart:changed"));
  }
});
