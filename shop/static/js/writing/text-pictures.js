// Images that are pasted or dropped into a text: sent at once, each with its progress; described, and put where they were
// dropped. Without a script the library does the same, by numbers.
const THUMB_PIXELS = 160;

customElements.define("text-pictures", class extends HTMLElement {
  connectedCallback() {
    this.field = document.getElementById(this.dataset.field);
    this.dialog = this.querySelector("dialog");
    this.list = this.querySelector("ul");
    this.model = this.querySelector("template").content.firstElementChild;
    this.field.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    this.field.addEventListener("dragover", (event) => { if (this.isFiles(event.dataTransfer)) event.preventDefault(); });
    this.field.addEventListener("drop", (event) => this.take(event, event.dataTransfer));
    this.dialog.addEventListener("close", () => this.forget());
    this.querySelector("[data-close]").addEventListener("click", () => this.dialog.close());
    this.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); this.insert(); });
  }

  isFiles(carried) {
    return [...carried.types].includes("Files");
  }

  /** Pictures alone: a word processor and a table send a picture of the words along with them. */
  take(event, carried) {
    const files = [...carried.files].filter((file) => file.type.startsWith("image/"));
    if (!files.length || carried.getData("text/plain")) return;
    event.preventDefault();
    if (event.type === "drop") this.placeCaret(event);
    this.place = [this.field.selectionStart, this.field.selectionEnd]; // a browser may forget it when the dialog closes
    for (const file of files) this.send(file);
    if (!this.dialog.open) this.dialog.showModal();
    this.list.querySelector("input").focus();
  }

  /** A picture falls below the line that it is dropped on, not into a word. */
  placeCaret({ clientX, clientY }) {
    const place = document.caretPositionFromPoint?.(clientX, clientY);
    if (place?.offsetNode !== this.field) return;
    const end = this.field.value.indexOf("\n", place.offset);
    const at = end < 0 ? this.field.value.length : end;
    this.field.setSelectionRange(at, at);
  }

  send(file) {
    const row = this.model.cloneNode(true);
    const status = row.querySelector("[role=status]");
    row.querySelector("[data-name]").textContent = file.name;
    this.list.append(row);
    this.draw(file, row.querySelector("canvas"));
    const request = new XMLHttpRequest(); // fetch tells no progress of what is sent
    request.open("POST", this.dataset.url);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => { row.querySelector("progress").value = event.loaded / event.total; });
    row.request = request;
    row.sent = new Promise((done) => request.addEventListener("loadend", () => {
      row.querySelector("progress").remove();
      row.number = request.status === 200 ? request.response?.number : undefined;
      row.classList.toggle("is-refused", !row.number);
      status.textContent = row.number ? this.dataset.sent : request.response?.error ?? this.dataset.failed;
      if (row.number) row.querySelector("input").value ||= request.response.alt;
      done(row);
    }));
    const body = new FormData();
    body.append("picture", file, file.name);
    request.send(body);
  }

  async draw(file, canvas) {
    try {
      const picture = await createImageBitmap(file, { resizeWidth: THUMB_PIXELS, resizeQuality: "medium" });
      Object.assign(canvas, { width: picture.width, height: picture.height });
      canvas.getContext("2d").drawImage(picture, 0, 0);
    } catch { /* the server says what is wrong with it */ }
  }

  /** Those that were sent go into the text; what was refused stays to be read. */
  async insert() {
    const button = this.querySelector(".button--main");
    button.disabled = true;
    const rows = (await Promise.all([...this.list.children].map((row) => row.sent))).filter((row) => row.number);
    const described = await Promise.all(rows.map((row) => this.describe(row)));
    button.disabled = false;
    if (!this.dialog.open) return;
    const done = rows.filter((_row, index) => described[index]);
    for (const row of done) row.remove();
    if (!this.list.children.length) this.dialog.close();
    if (!done.length) return;
    this.field.setSelectionRange(...this.place);
    insertBlock(this.field, done.map((row) => `::picture[${row.number}]`).join("\n\n"));
  }

  async describe(row) {
    const body = new FormData();
    body.append("alt", row.querySelector("input").value);
    try {
      const answer = await fetch(`${this.dataset.url}/${row.number}`, { method: "POST", body });
      if (answer.ok) return true;
      row.querySelector("[role=status]").textContent = (await answer.json()).error ?? this.dataset.failed;
    } catch {
      row.querySelector("[role=status]").textContent = this.dataset.failed;
    }
    return false;
  }

  forget() {
    for (const row of this.list.children) row.request.abort();
    this.list.replaceChildren();
    this.field.blur(); // the dialog gave the focus back, but in Chromium no caret: what is typed would go nowhere
    this.field.focus();
  }
});
