"""Own fields of ACF: themes show them beside a text, or instead of one, when its page is made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from shop.blueprints.importers.wordpress.arguments import names_picture, says_words, words_as_html
from shop.blueprints.importers.wordpress.paragraphs import with_paragraphs

_MARKS = re.compile(r"<!--.*?-->|\[[^\[\]]*\]|<[^<>]*>", re.DOTALL)
_WORD = re.compile(r"\w")
_PROSE = re.compile(r"<|\S\s+\S")
_SERIALISED = re.compile(r"[aO]:\d{1,6}:")
_NUMBERS = re.compile(r'(?<=")\d{1,15}(?=")|(?<=i:\d;i:)\d{1,15}|^\d{1,15}$')
_GALLERY = re.compile(r".*(?:gallery|images|photos|slides)")


def has_words(content: str) -> bool:
    """Whether a text says anything besides its shortcodes and its blocks."""
    return bool(_WORD.search(_MARKS.sub(" ", content)))


def fields_as_html(fields: Iterable[tuple[str, str]], pictures: Mapping[int, str]) -> str:
    """What the fields of a page say and show, in their order. `pictures` are the attachments by their numbers."""
    return "\n".join(_said(fields, pictures))


def _said(fields: Iterable[tuple[str, str]], pictures: Mapping[int, str]) -> Iterator[str]:
    for name, value in fields:
        if names_picture(name) or _GALLERY.fullmatch(name):
            numbers = [int(number) for number in _NUMBERS.findall(value)]
            for number in numbers:
                if number in pictures:
                    yield f'<figure><img src="{escape(pictures[number])}" alt=""></figure>'
        elif not _SERIALISED.match(value) and (says_words(name, value) or _PROSE.search(value)):
            yield f"<div>{with_paragraphs(words_as_html(value))}</div>"
