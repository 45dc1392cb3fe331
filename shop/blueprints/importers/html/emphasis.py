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
    before, after = said_beside(el, ahead=False), said_beside(el, ahead=True)
    parts = _BLANK_LINES.split(text)
    return "".join(
        part if number % 2 or _BLOCK.match(part) else signed(part, sign, before, after)
        for number, part in enumerate(parts)
    )


def signed(text: str, sign: str, before: str, after: str) -> str:
    """A piece of Markdown between signs. `before` and `after` are the characters that stand beside it."""
    inside = text.strip()
    if not inside.strip("\\\n"):
        return text
    lead, _inside, trail = text.partition(inside)
    follows, goes_on = not lead and _is_letter(before[-1:]), not trail and _is_letter(after[:1])
    front = back = ""
    if follows and (found := _FIRST.fullmatch(inside)):
        front, inside = found[1], found[2]
    if goes_on and (found := _LAST.fullmatch(inside)):
        inside, back = found[1], found[2]
    begins = bool(front) or not follows or _is_letter(inside.lstrip("*~")[:1])
    ends = bool(back) or not goes_on or _is_letter(inside.rstrip("*~")[-1:])
    if inside and begins and ends:
        inside = f"{sign}{inside}{sign}"
    elif link := _ONE_LINK.fullmatch(inside):
        inside = f"[{sign}{link[1]}{sign}]{link[2]}"
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
