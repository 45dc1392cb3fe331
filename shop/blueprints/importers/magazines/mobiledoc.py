"""Mobiledoc, in which Ghost's former editor kept a text, as HTML, for posts that were never rendered.

After https://github.com/bustle/mobiledoc-kit/blob/master/MOBILEDOC.md (0.3): sections refer to markups, atoms and cards
by their places in lists.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.importers.magazines.lexical import card_as_html
from shop.plugins.api import Refused

_MARKUP, _PICTURE, _LIST, _CARD = 1, 2, 3, 10
_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "aside", "pull-quote"}
_MARKUPS = {"strong", "b", "em", "i", "s", "u", "code", "sub", "sup"}


def mobiledoc_as_html(written: str, left_out: list[str]) -> str:
    """The text as HTML; `left_out` gets the names of cards that say nothing that could be kept.

    Raises:
        Refused: it is no such text.
    """
    try:
        read = json.loads(written)
        return _Document(read, left_out).html()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise Refused(_("its text can’t be read")) from None


class _Document:
    def __init__(self, read: Any, left_out: list[str]) -> None:
        self.markups: list[Any] = read.get("markups") or []
        self.atoms: list[Any] = read.get("atoms") or []
        self.cards: list[Any] = read.get("cards") or []
        self.sections: list[Any] = read["sections"]
        self.left_out = left_out

    def html(self) -> str:
        """All sections."""
        return "".join(self._section(each) for each in self.sections)

    def _section(self, section: Sequence[Any]) -> str:
        kind = section[0]
        if kind == _PICTURE:
            return f'<figure><img src="{escape(str(section[1]))}" alt=""></figure>'
        if kind == _CARD:
            name, payload = self.cards[section[1]][:2]
            return card_as_html(str(name), payload, self.left_out)
        tag = str(section[1]).lower() if str(section[1]).lower() in _TAGS else "p"
        tag = {"aside": "blockquote", "pull-quote": "blockquote"}.get(tag, tag)
        if kind == _LIST:
            items = "".join(f"<li>{self._words(each)}</li>" for each in section[2])
            return f"<{tag}>{items}</{tag}>"
        return f"<{tag}>{self._words(section[2])}</{tag}>" if kind == _MARKUP else ""

    def _words(self, markers: Sequence[Any]) -> str:
        made: list[str] = []
        opened: list[str] = []
        for is_atom, opening, closed, value in markers:
            for place in opening:
                tag, begins = self._markup(self.markups[place])
                opened.append(tag)
                made.append(begins)
            made.append(self._atom(value) if is_atom else escape(str(value)))
            for _each in range(closed):
                tag = opened.pop()
                made.append(f"</{tag}>" if tag else "")
        return "".join(made)

    def _markup(self, markup: Sequence[Any]) -> tuple[str, str]:
        tag = str(markup[0]).lower()
        if tag == "a":
            said = list(markup[1]) if len(markup) > 1 else []
            values = dict(zip(said[::2], said[1::2], strict=False))
            return "a", f'<a href="{escape(str(values.get("href", "")))}">'
        return (tag, f"<{tag}>") if tag in _MARKUPS else ("", "")

    def _atom(self, place: int) -> str:
        name, words = self.atoms[place][:2]
        return "<br>" if name == "soft-return" else escape(str(words))
