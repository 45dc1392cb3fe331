// A form that was kept while somebody signed in goes on by itself; without a script its button does that.
customElements.define("send-kept", class extends HTMLElement {
  connectedCallback() { this.querySelector("form").requestSubmit(); }
});
