// Moves the comment form under the comment that is being answered. Without it, ?reply=ID#comment-form does.
customElements.define("reply-form", class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form.comment-form");
    if (!this.form) return;
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
