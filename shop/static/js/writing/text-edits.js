// Changes to the text of a field, made as if they were typed: Ctrl+Z undoes them, and everything that listens hears them.

/** Put `text` in the place of what is between `from` and `to`. */
const typeInto = (field, from, to, text) => {
  if (field.value.slice(from, to) === text) return;
  field.focus();
  field.setSelectionRange(from, to);
  if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

/** How often a mark of one letter stands in a row at the end of some text, or at its beginning. */
const countAtEnd = (text, letter) => text.length - text.replace(new RegExp(`\\${letter}+$`), "").length;
const countAtStart = (text, letter) => text.length - text.replace(new RegExp(`^\\${letter}+`), "").length;

/** Whether so many stars around some text make it emphasised (1), strong (2) or both (3). */
const isMarked = (count, mark) => (mark.length === 1 && mark === "*" ? count % 2 === 1 : count >= mark.length);

/** Put a mark such as ** around what is selected, or take it away where it is there. */
const toggleMark = (field, mark) => {
  const { value, selectionStart: from, selectionEnd: to } = field;
  const around = Math.min(countAtEnd(value.slice(0, from), mark[0]), countAtStart(value.slice(to), mark[0]));
  const selected = value.slice(from, to);
  const isAtEnd = from === to && isMarked(countAtStart(value.slice(to), mark[0]), mark) && /[^\s*~`]$/.test(value.slice(0, from));
  if (isAtEnd) {
    field.setSelectionRange(to + mark.length, to + mark.length); // of marked words: what is typed next is plain
  } else if (isMarked(around, mark)) {
    typeInto(field, from - mark.length, to + mark.length, selected);
    field.setSelectionRange(from - mark.length, to - mark.length);
  } else {
    const [, before, words, after] = selected.match(/^(\s*)([^]*?)(\s*)$/); // a mark beside a space marks nothing
    typeInto(field, from, to, before + mark + words + mark + after);
    const start = from + before.length + mark.length;
    field.setSelectionRange(start, start + words.length);
  }
};

/** The whole lines that the selection touches: where they begin and end. */
const selectedLines = ({ value, selectionStart, selectionEnd }) => {
  const last = selectionEnd > selectionStart && value[selectionEnd - 1] === "\n" ? selectionEnd - 1 : selectionEnd;
  const end = value.indexOf("\n", last);
  return [value.lastIndexOf("\n", selectionStart - 1) + 1, end < 0 ? value.length : end];
};

/** Change each selected line that is not empty; `change` gets a line and its number. */
const changeLines = (field, change) => {
  const [from, to] = selectedLines(field);
  const lines = field.value.slice(from, to).split("\n");
  let number = 0;
  const changed = lines.map((line) => (line.trim() || lines.length === 1 ? change(line, ++number) : line)).join("\n");
  typeInto(field, from, to, changed);
  field.setSelectionRange(lines.length > 1 ? from : from + changed.length, from + changed.length);
};

const BEGINNING = /^(?:#{1,6} |> |[-*+] |\d{1,9}[.)] )/;

/** Let the selected lines begin with something, such as "> ", or no more where all of them do. */
const toggleBeginning = (field, begins, beginning) => {
  const [from, to] = selectedLines(field);
  const lines = field.value.slice(from, to).split("\n").filter((line) => line.trim());
  const isThere = lines.length > 0 && lines.every((line) => begins.test(line));
  changeLines(field, (line, number) => (isThere ? line.replace(begins, "") : beginning(number) + line.replace(BEGINNING, "")));
};

/** Put a line of its own into a text, with an empty line before and after it. */
const insertBlock = (field, text) => {
  const { value, selectionStart: from, selectionEnd: to } = field;
  const before = from === 0 || /\n\s*\n$/.test(value.slice(0, from)) ? "" : value[from - 1] === "\n" ? "\n" : "\n\n";
  const after = /^\s*(\n\s*\n|$)/.test(value.slice(to)) && value.slice(to) ? "" : value[to] === "\n" ? "\n" : "\n\n";
  typeInto(field, from, to, before + text + after);
};

const OPENED = /(?:^|\n)(::: *([\w-]+)[^\n]*\n)$/;
const CLOSED = /^\n:::(?=\s*(?:\n|$))/;

/** Let the selected lines stand in a box of that kind; in one of another kind they change it, in one of this kind they leave it. */
const toggleBox = (field, kind) => {
  const [from, to] = selectedLines(field);
  const words = field.value.slice(from, to);
  const [, opening, present] = field.value.slice(0, from).match(OPENED) ?? [];
  const [closing] = field.value.slice(to).match(CLOSED) ?? [];
  const begin = `::: ${kind}\n`;
  if (!opening || !closing) {
    field.setSelectionRange(from, to);
    insertBlock(field, `${begin}${words}\n:::`);
  } else if (present === kind) {
    typeInto(field, from - opening.length, to + closing.length, words);
    field.setSelectionRange(from - opening.length, to - opening.length);
    return;
  } else {
    typeInto(field, from - opening.length, to, begin + words);
  }
  const start = field.value.indexOf(begin, from - (opening?.length ?? 0)) + begin.length;
  field.setSelectionRange(start, start + words.length);
};

/** A mark behind what is selected, and its note at the end of the text, to be written next. */
const putFootnote = (field) => {
  const at = field.selectionEnd;
  const numbers = [...field.value.matchAll(/\[\^(\d{1,4})\]/g)].map(([, number]) => Number(number));
  const mark = `[^${Math.max(0, ...numbers) + 1}]`;
  typeInto(field, at, at, mark);
  typeInto(field, field.value.trimEnd().length, field.value.length, `\n\n${mark}: `);
};
