// Moves the comment form under the comment that is being answered; without it, ?reply=ID#comment-form does. Says with
// the comment how many seconds the page was open, which is how long it took to write at most. Whoever is signed in needs
// no name and address: a readable cookie says so, because the page is the same for everyone.
customElements.define("reply-form", class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form.comment-form");
    if (!this.form) return;
    const opened = performance.now();
    this.form.addEventListener("submit", () => { this.form.elements.seconds.value = ((performance.now() - opened) / 1000).toFixed(1); });
    const who = this.form.querySelector(".form__pair");
    who.hidden = /(?:^|; )(?:__Host-)?member=/.test(document.cookie) && !who.querySelector(".field__error");
    for (const field of who.querySelectorAll("input")) field.disabled = who.hidden;
    this.form.querySelector("[data-member]").hidden = !who.hidden;
    this.home = document.createComment("");
    this.form.before(this.home);
    this.target = this.form.querySelector("[data-replying]");
    this.addEventListener("click", (event) => {
      const reply = event.target.closest("a[data-reply]");
      if (!reply && !event.target.closest("[data-reply-cancel]")) return;
      event.preventDefault();
      reply ? this.answer(reply) : this.cancel();
    });
  }

  answer(link) {
    link.after(this.form);
    this.form.elements.parent.value = link.dataset.reply;
    this.target.querySelector("[data-reply-author]").textContent = link.dataset.author;
    this.target.hidden = false;
    this.form.elements.body.focus();
  }

  cancel() {
    const link = this.form.previousElementSibling;
    this.home.after(this.form);
    this.form.elements.parent.value = "";
    this.target.hidden = true;
    (link?.matches("a[data-reply]") ? link : this.form.elements.body).focus();
  }
});
