// <passkey-form data-options='{…}' data-make> around a form with a field "passkey": shows its button where the browser
// has passkeys, asks for one when it is pressed, and sends the answer with the form. Without passkeys nothing is shown.
class PasskeyForm extends HTMLElement {
  connectedCallback() {
    if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
    this.form = this.querySelector("form");
    this.hidden = false;
    this.form.addEventListener("submit", (event) => {
      if (this.form.elements.passkey.value) return;
      event.preventDefault();
      this.ask();
    });
  }

  async ask() {
    const options = JSON.parse(this.dataset.options);
    const said = this.querySelector("[role=status]");
    said.textContent = "";
    try {
      const answer = "make" in this.dataset
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      this.form.elements.passkey.value = JSON.stringify(answer.toJSON());
      this.form.requestSubmit();
    } catch {
      said.textContent = this.dataset.failed;
    }
  }
}
customElements.define("passkey-form", PasskeyForm);
