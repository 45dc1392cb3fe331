// The page is the same bytes for everyone; how much lies in the visitor's cart is read here from a small cookie.
customElements.define("cart-badge", class extends HTMLElement {
  connectedCallback() {
    const show = () => this.show();
    show();
    document.addEventListener("cart:changed", show);
    document.addEventListener("visibilitychange", show); // another tab may have changed it
    addEventListener("pageshow", show);
  }

  show() {
    const count = Number(/(?:^|; )(?:__Host-)?cart_count=(\d+)/.exec(document.cookie)?.[1] ?? 0);
    const words = new Intl.PluralRules(document.documentElement.lang || "en").select(count) === "one" ? this.dataset.one : this.dataset.other;
    const unit = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` ${words}` });
    this.hidden = count === 0;
    this.replaceChildren(String(count), unit);
  }
});
