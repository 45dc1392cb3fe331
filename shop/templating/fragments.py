"""Pieces of pages, kept by what they are drawn from: a thread of fifty comments is drawn anew for the one that came.

A template names everything that a piece shows, and what is between the tags is drawn once for these values:

    {% fragment comment, can_reply %} ... {% endfragment %}

Nothing has to be forgotten when something changes, because other values are another piece. The values are compared, so
they are plain and can't change. A piece that names its parts by `made_of` (a slot does) would not say so when it is
taken from here, and is refused.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from flask import g
from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from shop.core.pages.page_cache import noted_parts
from shop.core.site import site
from shop.plugins.drawing import themes
from shop.templating import wording

ROOM = 1_500_000
"""Characters of all kept pieces of an application together."""

Key = tuple[Hashable, ...]
_DRAWN_WITH = "fragments_drawn_with"


def _drawn_with() -> tuple[str, str, str]:
    """What every piece depends on besides its values: language, time zone and theme. Looked up once a page."""
    kept: tuple[str, str, str] | None = g.get(_DRAWN_WITH)
    if kept is None:
        kept = (wording.language(), site().time_zone, themes.present_name())
        setattr(g, _DRAWN_WITH, kept)
    return kept


class Fragments:
    """The kept pieces of one application, those that were asked for last."""

    def __init__(self, room: int = ROOM) -> None:
        self._pieces: OrderedDict[Key, Markup] = OrderedDict()
        self._room = room
        self._lock = threading.Lock()

    def get(self, key: Key) -> Markup | None:
        """The piece drawn from these values, or None."""
        with self._lock:
            piece = self._pieces.get(key)
            if piece is not None:
                self._pieces.move_to_end(key)
            return piece

    def put(self, key: Key, piece: Markup) -> None:
        """Keep a piece, and let go of the oldest ones when there is no room."""
        with self._lock:
            if key in self._pieces:
                return
            self._pieces[key] = piece
            self._room -= len(piece)
            while self._room < 0:
                _, oldest = self._pieces.popitem(last=False)
                self._room += len(oldest)


class FragmentTag(Extension):
    """The tags `{% fragment value, ... %}` and `{% endfragment %}`."""

    tags = {"fragment"}  # noqa: RUF012 - as Jinja declares it

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._kept = Fragments()

    def parse(self, parser: Parser) -> nodes.Node:
        """Read what is between the tags as something to call where it is not kept."""
        line = next(parser.stream).lineno
        values = parser.parse_tuple(with_condexpr=True)
        body = parser.parse_statements(("name:endfragment",), drop_needle=True)
        place = nodes.Const(f"{parser.name}:{line}")
        call = self.call_method("drawn", [place, values], lineno=line)
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def drawn(self, place: str, values: Hashable, caller: Callable[[], Markup]) -> Markup:
        """The kept piece of this place in a template and these values, or a new one.

        Raises:
            TypeError: what is between the tags names parts.
        """
        if self.environment.auto_reload:  # whoever writes a template sees it as it is
            return caller()
        key = (place, _drawn_with(), values)
        piece = self._kept.get(key)
        if piece is None:
            with noted_parts() as parts:
                piece = caller()
            if parts:
                raise TypeError(f"{place}: a kept piece of a page can't name parts {parts}")
            self._kept.put(key, piece)
        return piece
