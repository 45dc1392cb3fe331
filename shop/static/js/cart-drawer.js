// Opens the cart beside the page, and adds to it without leaving the page. Without this, /cart does the same.
customElements.define("cart-drawer", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.contents = this.querySelector("cart-contents");

    document.addEventListener("click", (event) => {
      const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
      if (!plain || !event.target.closest("[data-cart-open]") || location.pathname === "/cart") return;
      event.preventDefault();
      this.contents.load().then(() => this.open(), () => location.assign("/cart"));
    });
    document.addEventListener("submit", (event) => {
      if (!event.target.matches("[data-cart-add]")) return;
      event.preventDefault();
      this.add(event.target, event.submitter);
    });
    this.dialog.addEventListener("click", (event) => {
      if (event.target !== this.dialog && !event.target.closest("[data-close]")) return;
      event.preventDefault(); // "Continue shopping" means: where I was
      this.dialog.close();
    });
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key === "Tab") this.keep(event);
    });
  }

  async add(form, submitter) {
    if (form.ariaBusy === "true") return;
    const status = form.querySelector("[role=status]");
    form.ariaBusy = "true";
    status.textContent = "";
    try {
      const response = await fetch(form.action, {
        method: "POST",
        keepalive: true, // the item is added even when the visitor leaves the page at once
        body: new URLSearchParams(new FormData(form, submitter)),
        headers: { Accept: "text/html", "X-Fragment": "drawer" },
      });
      if (response.ok) {
        this.contents.fill(await response.text());
        this.open();
      } else if (response.headers.has("X-Cart-Message")) {
        this.refuse(form, status, response.headers);
      } else {
        throw new Error(response.statusText);
      }
    } catch {
      status.textContent = this.dataset.failed;
    } finally {
      form.ariaBusy = null;
    }
  }

  refuse(form, status, headers) {
    status.textContent = decodeURIComponent(headers.get("X-Cart-Message"));
    if (headers.has("X-Cart-Remaining")) form.elements.quantity.value = Math.max(1, Number(headers.get("X-Cart-Remaining")));
  }

  /** A modal dialog lets the focus out to the browser's own bars; here it goes round. */
  keep(event) {
    const stops = [...this.dialog.querySelectorAll("a, button, input, textarea, summary")]
      .filter((each) => each.tabIndex >= 0 && each.type !== "hidden" && each.checkVisibility());
    const [end, start] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (document.activeElement !== end && stops.includes(document.activeElement)) return;
    if (!stops.includes(document.activeElement) && !event.shiftKey) return;
    event.preventDefault();
    start.focus();
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
  }
});
