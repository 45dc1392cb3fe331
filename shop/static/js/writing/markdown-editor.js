// A field for Markdown: keys for marks, lists that go on by themselves, links and embeds where an address is pasted.
const ITEM = /^(\s*(?:>\s?)*)(?:([-*+])|(\d{1,9})([.)]))(\s+)(\[[ xX]\]\s+)?/;
const QUOTED = /^\s*(?:>\s?)+/;
const ADDRESS = /^(?:https?:\/\/|mailto:)\S+$/;
const HEADING = /^(#{1,6}) +/;

const ACTS = {
  strong: (field) => toggleMark(field, "**"),
  emphasis: (field) => toggleMark(field, "*"),
  struck: (field) => toggleMark(field, "~~"),
  link: (field) => putLink(field, "https://"),
  heading: (field) => changeLines(field, (line) => nextHeading(line)),
  quote: (field) => toggleBeginning(field, /^> ?/, () => "> "),
  list: (field) => toggleBeginning(field, /^[-*+] /, () => "- "),
  numbers: (field) => toggleBeginning(field, /^\d{1,9}[.)] /, (number) => `${number}. `),
  code: (field) => (field.value.slice(field.selectionStart, field.selectionEnd).includes("\n") ? putFence(field) : toggleMark(field, "`")),
  "pull-quote": (field) => toggleBox(field, "pull-quote"),
  note: (field) => toggleBox(field, "note"),
  footnote: putFootnote,
};
const KEYS = { b: "strong", i: "emphasis", k: "link" };
const SHIFTED = { Digit4: "footnote", Digit5: "note", Digit6: "pull-quote", Digit7: "numbers", Digit8: "list", Digit9: "quote" }; // with Shift a digit's letter is the keyboard's

/** A heading, a smaller one, none: each press goes on to the next. */
const nextHeading = (line) => {
  const rest = line.replace(BEGINNING, "");
  const size = line.match(HEADING)?.[1].length ?? 1;
  return size >= 3 ? rest : `${"#".repeat(size + 1)} ${rest}`;
};

const putLink = (field, address) => {
  const { value, selectionStart: from, selectionEnd: to } = field;
  const selected = value.slice(from, to);
  const isAddress = ADDRESS.test(selected);
  const words = isAddress ? "" : selected;
  const target = isAddress ? selected : address;
  typeInto(field, from, to, `[${words}](${target})`);
  const start = words ? from + words.length + 3 : from + 1; // what is still to be typed is selected
  field.setSelectionRange(start, words ? start + target.length : start);
};

const putFence = (field) => {
  const [from, to] = selectedLines(field);
  typeInto(field, from, to, `\`\`\`\n${field.value.slice(from, to)}\n\`\`\``);
};

/** Enter in a list or a quotation begins the next line like this one; on an empty one it ends. True when it did. */
const goOn = (field) => {
  const { value, selectionStart: at, selectionEnd } = field;
  if (at !== selectionEnd) return false;
  const from = value.lastIndexOf("\n", at - 1) + 1;
  const line = value.slice(from, at);
  const found = line.match(ITEM) ?? line.match(QUOTED);
  if (!found) return false;
  if (line.length === found[0].length && !value.slice(at).match(/^[^\n]*\S/)) {
    typeInto(field, from, at, "\n"); // without an empty line what is typed next would still belong to the last item
    return true;
  }
  const [begin, before, bullet, number, point, space, box] = found;
  const next = before === undefined ? begin : `${before}${bullet ?? Number(number) + 1}${point ?? ""}${space}${box ? "[ ] " : ""}`;
  typeInto(field, at, at, `\n${next}`);
  return true;
};

/** Whether a text ends within code that was begun. */
const isInCode = (text) => (text.match(/^(?:```|~~~)/gm) ?? []).length % 2 === 1 || (text.slice(text.lastIndexOf("\n") + 1).match(/`/g) ?? []).length % 2 === 1;

customElements.define("markdown-editor", class extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("textarea");
    this.field.addEventListener("keydown", (event) => this.press(event));
    this.field.addEventListener("paste", (event) => this.paste(event));
    this.field.form.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      this.field.form.requestSubmit();
    });
  }

  press(event) {
    if (event.isComposing || event.altKey) return;
    const isHeld = event.ctrlKey || event.metaKey;
    if (event.shiftKey && !isHeld) return;
    const act = isHeld ? (event.shiftKey ? SHIFTED[event.code] : KEYS[event.key.toLowerCase()]) : undefined;
    if (act) {
      event.stopPropagation(); // Ctrl+K elsewhere opens the list of pages
      ACTS[act](this.field);
    } else if (event.key !== "Enter" || isHeld || !goOn(this.field)) {
      return;
    }
    event.preventDefault();
  }

  paste(event) {
    const pasted = event.clipboardData.getData("text/plain").trim();
    const { value, selectionStart: from, selectionEnd: to } = this.field;
    if (!ADDRESS.test(pasted)) return;
    if (from < to) {
      putLink(this.field, pasted);
      this.field.setSelectionRange(this.field.selectionEnd + 1, this.field.selectionEnd + 1);
    } else if (/^[ \t]*$/.test(value.slice(value.lastIndexOf("\n", from - 1) + 1, from)) && /^[ \t]*(\n|$)/.test(value.slice(to)) && this.isEmbedded(pasted)) {
      typeInto(this.field, from, to, `::embed[${pasted}]`);
    } else if (/(^|\s)$/.test(value.slice(0, from)) && !isInCode(value.slice(0, from))) {
      typeInto(this.field, from, to, `<${pasted}>`); // bare it would be no link
    } else return;
    event.preventDefault();
  }

  /** Whether an address is of a site whose films, recordings or posts can stand in a text. */
  isEmbedded(address) {
    const host = URL.parse?.(address)?.hostname.replace(/^(?:www|m|music)\./, "");
    return (this.dataset.embeds ?? "").split(" ").includes(host);
  }
});
