// The price at the top of a product's page is that of the chosen variant. Without a script it says from which price on.
customElements.define("variant-price", class extends HTMLElement {
  connectedCallback() {
    const page = this.closest("article");
    const follow = () => {
      const price = page.querySelector("[name=variant]:checked")?.closest("label").querySelector(".price");
      if (price) this.replaceChildren(...price.cloneNode(true).childNodes);
    };
    page.addEventListener("change", follow);
    follow();
  }
});
