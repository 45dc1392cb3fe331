"""Blank lines as paragraphs and single line ends as line breaks, as WordPress shows a classic text."""

from __future__ import annotations

import re
from collections.abc import Callable

from shop.blueprints.importers.html import conversion

_PRE = re.compile(r"(<pre\b[^<>]*>|</pre\s*>)", re.IGNORECASE)
_CODE = re.compile(r"(<code\b[^<>]*>|</code\s*>)", re.IGNORECASE)
_TAG = re.compile(r"<[A-Za-z/][^<>]*>")
_EDGE_TAG = re.compile(r"</?([a-z][a-z0-9]*)\b", re.IGNORECASE)


def with_paragraphs(html: str) -> str:
    """A text with its blank lines written as paragraphs; code keeps its own."""
    plain = html.replace("\r\n", "\n").replace("\r", "\n")
    plain = _TAG.sub(lambda tag: tag[0].replace("\n", " "), plain)
    return outside_code(plain, lambda part: _outside(_CODE, part, _paragraphs))


def outside_code(html: str, change: Callable[[str], str]) -> str:
    """The text with everything outside `<pre>` changed."""
    return _outside(_PRE, html, change)


def _outside(tag: re.Pattern[str], html: str, change: Callable[[str], str]) -> str:
    made: list[str] = []
    is_inside = False
    for part in tag.split(html):
        if tag.fullmatch(part):
            is_inside = not part.startswith("</")
            made.append(part)
        else:
            made.append(part if is_inside else change(part))
    return "".join(made)


def _paragraphs(part: str) -> str:
    lines = part.split("\n")
    made: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        made.append(line)
        if not line.strip():
            made.append("\n<p>\n")
        elif following.strip() and not _ends_in_block(line) and not _begins_with_block(following):
            made.append("<br>\n")
        else:
            made.append("\n")
    if lines[-1].strip():  # code inside a line may follow
        made.pop()
    return "".join(made)


def _begins_with_block(line: str) -> bool:
    tag = _EDGE_TAG.match(line.lstrip())
    return tag is not None and (conversion.is_block(tag[1].lower()) or tag[1].lower() == "br")


def _ends_in_block(line: str) -> bool:
    stripped = line.rstrip()
    if not stripped.endswith(">"):
        return False
    tag = _EDGE_TAG.match(stripped, stripped.rfind("<"))
    return tag is not None and (conversion.is_block(tag[1].lower()) or tag[1].lower() == "br")
