// The real page beside the text, a moment behind it. The server draws it from what stands in the form and stores nothing.
// Without a script the same button opens that page in a window of its own.
const PREVIEW_PAUSE = 700;

customElements.define("live-preview", class extends HTMLElement {
  connectedCallback() {
    this.form = document.getElementById(this.dataset.form);
    this.frame = Object.assign(document.createElement("iframe"), { name: this.dataset.frame, title: this.dataset.title });
    this.frame.sandbox.add("allow-same-origin"); // to look into it; nothing runs in it
    this.append(this.frame);
    this.status = this.querySelector("[role=status]");
    this.buttons = document.querySelectorAll("button[data-preview]");
    for (const button of this.buttons) {
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", (event) => { event.preventDefault(); this.hidden ? this.open() : this.close(); });
    }
    this.form.addEventListener("input", () => {
      clearTimeout(this.timer);
      if (!this.hidden) this.timer = setTimeout(() => this.renew(), PREVIEW_PAUSE);
    });
    this.querySelector("[data-close]").addEventListener("click", () => { this.close(); this.buttons[0].focus(); });
  }

  open() {
    this.hidden = false;
    document.documentElement.classList.add("is-previewing");
    for (const button of this.buttons) button.setAttribute("aria-expanded", "true");
    this.draw();
    this.scrollIntoView({ block: "nearest" }); // where it lies below the text
  }

  close() {
    this.hidden = true;
    document.documentElement.classList.remove("is-previewing");
    for (const button of this.buttons) button.setAttribute("aria-expanded", "false");
  }

  /** The whole page: the form is sent into the frame. `submit()` tells nobody, because nothing is being saved. */
  draw() {
    const { action, target } = this.form;
    Object.assign(this.form, { action: this.dataset.url, target: this.frame.name });
    this.form.submit();
    Object.assign(this.form, { action, target });
  }

  /** What changes of the page, so that it stays where the reader has scrolled to. */
  async renew() {
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body: new FormData(this.form), signal: this.asked.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [before, after] = [this.frame.contentDocument?.querySelector("main"), page.querySelector("main")];
      if (before && after) before.replaceWith(this.frame.contentDocument.importNode(after, true));
      else this.draw();
      this.status.textContent = "";
    } catch (error) {
      if (error.name !== "AbortError") this.status.textContent = this.dataset.failed;
    }
  }
});
