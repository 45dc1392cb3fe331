// Shows the next page of comments below those that are here; without it, the link leads there.
customElements.define("more-comments", class extends HTMLElement {
  connectedCallback() {
    this.status = Object.assign(document.createElement("p"), { className: "visually-hidden", role: "status" });
    this.after(this.status);
    this.addEventListener("click", (event) => {
      const link = event.target.closest("a[rel=next]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.load(link).catch(() => location.assign(link.href));
    });
  }

  async load(link) {
    if (this.ariaBusy === "true") return;
    this.ariaBusy = "true";
    const response = await fetch(link.href);
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const came = this.add(page.querySelectorAll("#comments > .thread > li"), document.querySelector("#comments > .thread"));
    link.replaceWith(page.querySelector("more-comments a[rel=next]") ?? "");
    this.hidden = !this.querySelector("a");
    this.ariaBusy = null;
    this.status.textContent = this.dataset.done;
    if (!came[0]) return;
    came[0].tabIndex = -1;
    came[0].focus();
  }

  /** A thread that began on the page before is here already: only its further replies come. */
  add(items, list) {
    return [...items].flatMap((item) => {
      const here = document.getElementById(item.firstElementChild.id);
      if (!here) return list.append(item), [item.firstElementChild];
      const replies = item.querySelectorAll(".thread > li");
      return replies.length ? this.add(replies, here.querySelector(".thread") ?? here.lastElementChild.appendChild(Object.assign(document.createElement("ol"), { className: "thread" }))) : [];
    });
  }
});
