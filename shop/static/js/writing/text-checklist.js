// The checklist follows the text: it is asked for anew whenever the server has kept what was typed.
customElements.define("text-checklist", class extends HTMLElement {
  connectedCallback() {
    this.closest("form").addEventListener("words-kept", ({ detail }) => this.renew(detail));
  }

  async renew(typed) {
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body: typed });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok) this.replaceChildren(...page.body.children);
    } catch { /* the next one may arrive */ }
  }
});
