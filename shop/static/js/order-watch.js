// Looks again while an order waits for its payment, ever more slowly, and shows the page anew once its state is another.
customElements.define("order-watch", class extends HTMLElement {
  #pause = 2000;
  #timer;
  connectedCallback() { this.#timer = setTimeout(() => this.#look(), this.#pause); }
  disconnectedCallback() { clearTimeout(this.#timer); }
  async #look() {
    try {
      const answer = await fetch(this.dataset.url, { headers: { "X-Fragment": "state" } });
      if (answer.ok && (await answer.text()).trim() !== this.dataset.state) return location.replace(this.dataset.url);
    } catch { /* the network is away; the next look may find it */ }
    this.#pause = Math.min(this.#pause * 1.3, 15000);
    this.connectedCallback();
  }
});
