"""Bold, italic and struck text between signs that a reader of Markdown takes for such.

Beside a letter a sign neither begins before a punctuation mark nor ends after one (CommonMark 0.31, 6.2):
`**Note:**then` shows its stars. So a mark at such an edge goes outside of the signs.
"""

from __future__ import annotations

import re
import unicodedata

from bs4 import Tag

from shop.blueprints.importers.html.conversion import is_block

_BLANK_LINES = re.compile(r"(\n[ \t]*\n\s*)")
_BLOCK = re.compile(r"\s*(?:#{1,6} |[-+] |\d{1,9}[.)] |>|\||```|::|---\s*$|!\[)")
_MARKS = r"(?:[^\w\s\\`*_\[\]()<>~|#!]|\\[^\s])"
_FIRST = re.compile(rf"((?:{_MARKS}|\()+\s*)(.*)", re.DOTALL)
_LAST = re.compile(rf"(.*?)(\s*(?:{_MARKS}|!)+)", re.DOTALL)
_ONE_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.)+)\](\([^()\s]*\))")
_DOUBLED = re.compile(r"</(b|strong|i|em|s|del)>(\s*)<\1(?: id=\"[^\"<>]*\")?>")


def without_seams(cleaned: str) -> str:
    """HTML in which what goes on at once is one: signs that meet, as in `*a**b*`, would be read as others."""
    return _DOUBLED.sub(r"\2", cleaned)


def emphasised(el: Tag, text: str, sign: str) -> str:
    """What an element says between signs, each paragraph of it by itself."""
    parts = _BLANK_LINES.split(text)
    return "".join(
        part if number % 2 or _BLOCK.match(part) else _between(el, part, sign)
        for number, part in enumerate(parts)
    )


def _between(el: Tag, text: str, sign: str) -> str:
    inside = text.strip()
    lead, _inside, trail = text.partition(inside) if inside else (text, "", "")
    front = back = ""
    if (
        inside
        and not lead
        and _is_letter(said_beside(el, ahead=False))
        and (found := _FIRST.fullmatch(inside))
    ):
        front, inside = found[1], found[2]
    if (
        inside
        and not trail
        and _is_letter(said_beside(el, ahead=True))
        and (found := _LAST.fullmatch(inside))
    ):
        inside, back = found[1], found[2]
    begins = (
        bool(lead or front)
        or not _is_letter(said_beside(el, ahead=False))
        or _is_letter(inside.lstrip("*~")[:1])
    )
    ends = (
        bool(trail or back)
        or not _is_letter(said_beside(el, ahead=True))
        or _is_letter(inside.rstrip("*~")[-1:])
    )
    if not inside.strip("\\\n"):
        return text
    if begins and ends:
        return f"{lead}{front}{sign}{inside}{sign}{back}{trail}"
    link = _ONE_LINK.fullmatch(inside)
    inside = f"[{sign}{link[1]}{sign}]{link[2]}" if link else inside
    return f"{lead}{front}{inside}{back}{trail}"


def said_beside(el: Tag, *, ahead: bool) -> str:
    """The character before an element or after it, in its line; a space where there is none."""
    while True:
        for each in el.next_siblings if ahead else el.previous_siblings:
            if isinstance(each, Tag) and (
                is_block(each.name) or each.name in {"br", "img", "iframe"}
            ):
                return " "
            said = each.get_text()
            if said:
                return said[0] if ahead else said[-1]
        if el.parent is None or is_block(el.parent.name):
            return " "
        el = el.parent


def _is_letter(sign: str) -> bool:
    return bool(sign) and not sign.isspace() and unicodedata.category(sign)[0] not in "PS"
