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
