// Pictures that are chosen, dropped or pasted are sent one by one, each with its progress; then the page shows them. The
// form does the same without a script.
customElements.define("picture-drop", class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("input[type=file]");
    this.list = Object.assign(document.createElement("ul"), { className: "stack", role: "list", ariaLive: "polite" });
    this.append(Object.assign(document.createElement("p"), { className: "soft", textContent: this.dataset.hint }), this.list);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send([...this.input.files]); });
    this.input.addEventListener("change", () => this.send([...this.input.files]));
    const leave = () => this.classList.remove("is-over");
    addEventListener("dragover", (event) => { event.preventDefault(); this.classList.add("is-over"); });
    addEventListener("dragleave", leave);
    addEventListener("drop", (event) => { event.preventDefault(); leave(); this.send([...event.dataTransfer.files]); });
    addEventListener("paste", (event) => { if (event.clipboardData.files.length) this.send([...event.clipboardData.files]); });
  }

  async send(files) {
    if (!files.length) return;
    let added = 0;
    for (const file of files) added += await this.sendOne(file);
    this.input.value = "";
    if (added === files.length) location.assign(this.form.action); // what was refused stays to be read
  }

  /** 1 when it was added. A refusal stays on the page, in the server's words. */
  sendOne(file) {
    const row = Object.assign(document.createElement("li"), { className: "picture-drop__file", textContent: file.name });
    const progress = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    row.append(progress);
    this.list.append(row);
    const body = new FormData();
    body.append(this.input.name, file, file.name);
    return new Promise((done) => {
      const request = new XMLHttpRequest(); // fetch tells no progress of what is sent
      request.open("POST", this.form.action);
      request.upload.addEventListener("progress", (event) => { progress.value = event.loaded / event.total; });
      request.addEventListener("loadend", () => {
        progress.remove();
        const isAdded = request.status === 200;
        row.textContent = `${isAdded ? this.dataset.sent : this.dataset.failed} ${this.said(request) || file.name}`;
        done(isAdded ? 1 : 0);
      });
      request.send(body);
    });
  }

  said(request) {
    if (request.status !== 422) return "";
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    return page.querySelector(".field__error")?.textContent.trim();
  }
});
