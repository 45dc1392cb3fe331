"""The text part of a mail, made from its HTML, for those who read mail without it (RFC 2046, section 5.1.4)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_PARTS = {"p", "ul", "ol", "blockquote", "pre", "table", "figure", "figcaption", "section", "hr"}
_BLOCKS = _HEADINGS | _PARTS
_BLANKS = re.compile(r"[ \t\n]+")
_GAPS = re.compile(r"\n{3,}")


def text_of_html(html: str) -> str:
    """What HTML says: paragraphs with an empty line between, items of lists with their marks, addresses in brackets."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (line.rstrip() for line in "".join(reader.written).splitlines())
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self.links: list[tuple[str, int]] = []
        self.numbers: list[int | None] = []
        self.in_code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self._begin_block()
        if tag in {"ul", "ol"}:
            self.numbers.append(int(said.get("start") or 1) if tag == "ol" else None)
        elif tag == "li":
            self.written.append(f"\n{self._next_mark()} ")
        elif tag == "pre":
            self.in_code += 1
        elif tag == "a":
            self.links.append((said.get("href", ""), len(self.written)))
        else:
            self.written.append(_alone(tag, said))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.links:
            self._end_link(*self.links.pop())
        elif tag in {"ul", "ol"} and self.numbers:
            self.numbers.pop()
        elif tag == "pre":
            self.in_code -= 1
        elif tag in {"td", "th"}:
            self.written.append("\t")
        if tag in _BLOCKS:
            self.written.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.written.append(data if self.in_code else _BLANKS.sub(" ", data))

    def _begin_block(self) -> None:
        """What begins inside an item stays on the line of its mark."""
        if not "".join(self.written[-1:]).endswith((" ", "\n\n")) or not self.numbers:
            self.written.append("\n\n")

    def _next_mark(self) -> str:
        number = self.numbers[-1] if self.numbers else None
        if number is None:
            return "-"
        self.numbers[-1] = number + 1
        return f"{number}."

    def _end_link(self, address: str, since: int) -> None:
        words = "".join(self.written[since:]).strip()
        if address and not address.startswith("#") and address not in words:
            self.written.append(f" ({address})" if words else address)


def _alone(tag: str, said: dict[str, str]) -> str:
    """What an element says that holds nothing."""
    if tag == "img":
        return f"[{said['alt']}] " if said.get("alt") else ""
    return {"br": "\n", "hr": "* * *\n\n", "tr": "\n"}.get(tag, "")
