// Works out the total again when the country, the tax number or the way of sending changes, and takes codes, without leaving the page.
customElements.define("checkout-totals", class extends HTMLElement {
  connectedCallback() {
    this.status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
    this.status.setAttribute("role", "status");
    this.after(this.status);

    this.addEventListener("change", (event) => {
      if (event.target.closest("[data-reprice]")) this.reprice();
    });
    this.addEventListener("submit", (event) => {
      this.asked?.abort(); // the page that comes next knows the total
      if (!event.submitter?.matches("[data-code]")) return;
      event.preventDefault();
      this.reprice(event.submitter);
    });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.name !== "code") return;
      event.preventDefault(); // it would pay
      this.querySelector("#code-apply").click();
    });
  }

  async reprice(submitter) {
    const form = this.querySelector("form");
    const said = new URLSearchParams(new FormData(form, submitter));
    if (!submitter) said.delete("code"); // typed, and not meant yet
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    this.ariaBusy = "true";
    try {
      const response = await fetch(this.querySelector("#update").formAction, {
        method: "POST", body: said, headers: { Accept: "text/html" }, signal: asked.signal,
      });
      if (!response.ok && response.status !== 422) throw new Error(response.statusText);
      if (response.redirected) return location.assign(response.url);
      this.show(new DOMParser().parseFromString(await response.text(), "text/html"), submitter);
    } catch (error) {
      if (error.name !== "AbortError") form.requestSubmit(this.querySelector("#update"));
    } finally {
      if (this.asked === asked) this.ariaBusy = null;
    }
  }

  /** Take over what depends on the price; whoever was at work in it stays there, and a code that is being typed too. */
  show(page, submitter) {
    const { id } = document.activeElement;
    const typed = submitter ? null : this.querySelector("#code")?.value;
    for (const part of this.querySelectorAll("[data-live]")) this.renew(part, page.getElementById(part.id));
    const code = this.querySelector("#code");
    if (typed && code) {
      code.value = typed;
      code.closest("details").open = true;
    }
    const wrong = this.querySelector("#code-error");
    if (submitter) (code && wrong ? code : this.querySelector("#code-remove") ?? this.querySelector(".code summary"))?.focus();
    else document.getElementById(id)?.focus();
    this.status.textContent = (submitter && wrong?.textContent) || this.querySelector("[data-said]").dataset.said;
  }

  /** A part that says what it is for stays while that is the same; what was typed meanwhile goes along. */
  renew(part, fresh) {
    if (part.dataset.live && part.dataset.live === fresh.dataset.live) return;
    for (const field of part.closest("form") ? fresh.querySelectorAll("input:is([type=text], [type=tel]), select") : []) {
      const said = part.querySelector(`#${field.id}`)?.value;
      if (said && (!field.options || [...field.options].some(({ value }) => value === said))) field.value = said;
    }
    part.replaceWith(fresh);
  }
});
