"""Films, recordings and posts of other sites: `::embed[address | title]` draws a card.

Nothing is loaded from elsewhere until a reader asks for it: the card leads to the other site. With a script, pressing
it loads a frame of ours in its place, which holds the frame of the other site. So the policy of an article names no
other site, and that of our frame names one alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.blueprints.articles.insets.addresses import SHAPES
from shop.core.covers import players
from shop.core.secrets.tokens import is_seal, seal_of
from shop.core.text import clean_line
from shop.plugins.api import Directive, NotFound

PURPOSE = "articles.embed"


@dataclass(frozen=True, slots=True)
class Embed:
    """Something on another site.

    Attributes:
        site: the name of the other site.
        kind: film, sound or post.
        address: where readers find it there.
        frame: the address that shows it inside another page; empty where none is known.
    """

    site: str
    kind: str
    address: str
    frame: str = ""

    @property
    def origin(self) -> str:
        """Where its frame comes from."""
        parts = urlsplit(self.frame)
        return f"{parts.scheme}://{parts.netloc}"


def embed_of(address: str) -> Embed | None:
    """What can be shown of an address; None where nothing is known of its site."""
    host, path = _parted(address)
    for shape in SHAPES:
        found = shape.pattern.match(host + path) if host else None
        if found is not None:
            page, frame = (each.format(*found.groups()) for each in (shape.page, shape.frame))
            return Embed(shape.site, shape.kind, page, frame)
    return None


def framed(address: str, seal: str) -> Embed:
    """What our frame shows. The seal keeps others from showing what they like under our name.

    Raises:
        NotFound: no text of ours holds this.
    """
    found = embed_of(address) if is_seal(PURPOSE, address, seal) else None
    if found is None:
        raise NotFound
    return found


def embed_directives() -> Iterable[Directive]:
    """The directive of this module."""
    yield Directive(
        "embed",
        "articles/insets/embed.html",
        _card,
        help=_l(
            "A video, recording or post of another site, which is loaded when a reader presses it."
        ),
        argument=_l("web address | title"),
        plain="articles/insets/embed_plain.html",
    )


def _card(argument: str) -> Mapping[str, Any] | None:
    address, title = (clean_line(each) for each in argument.partition("|")[::2])
    host, _path = _parted(address)
    if not host:
        return None
    embed = embed_of(address) or Embed(host, "post", address)
    return {
        "embed": embed,
        "title": title or _name_of(embed),
        "picture": players.player_drawing(embed.address, embed.kind),
        "frame_url": _frame_url(address) if embed.frame else "",
    }


def _name_of(embed: Embed) -> str:
    if embed.kind == "film":
        return str(_("Video on %(site)s", site=embed.site))
    if embed.kind == "sound":
        return str(_("Audio on %(site)s", site=embed.site))
    return str(_("Post on %(site)s", site=embed.site))


def _frame_url(address: str) -> str:
    values = {"address": address, "seal": seal_of(PURPOSE, address)}
    return current_app.url_map.bind("").build("articles.embed", values)


def _parted(address: str) -> tuple[str, str]:
    """Host without `www.`, and path with query, of an address on another site; empty for anything else."""
    try:
        parts = urlsplit(address)
        is_plain = parts.port is None and parts.scheme in {"http", "https"}
    except ValueError:
        return "", ""
    host = (parts.hostname or "").removeprefix("www.")
    if not is_plain or not _HOST.fullmatch(host):
        return "", ""
    return host, unquote(parts.path + (f"?{parts.query}" if parts.query else ""))


_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
