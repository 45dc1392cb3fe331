"""Loads the style sheets and scripts of plugins on the pages that need them, and nowhere else.

A template of a plugin says what it needs where it is drawn. A style sheet may be linked in the body of a page (HTML,
4.2.4, `body-ok`): what comes after it waits for it, and what came before is there already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import current_app, g
from markupsafe import Markup

from shop.core.app_state import app_state
from shop.core.web.assets import Assets
from shop.plugins.types import Asset

FOLDER = "plugins"
LONGEST_PIECE = 1_000_000
_LOADED = "loaded_assets"


_WHOLE_PAGE = re.compile(r"<(?:!doctype|html|body)\b", re.ASCII | re.IGNORECASE)


class PieceTooLong(Exception):
    """What a plugin draws is larger than any page should be."""


class WholePage(Exception):
    """What a plugin draws into a page is a page itself: its template extends or includes a whole one."""


def require_short(html: str) -> str:
    """The same HTML, if a page can carry it.

    Raises:
        PieceTooLong: it has more than a million characters.
        UnicodeEncodeError: it holds half a character (a lone surrogate), with which no page could be sent.
    """
    if len(html) > LONGEST_PIECE:
        raise PieceTooLong(f"{len(html)} characters; {LONGEST_PIECE} are the most")
    if not html.isascii():
        html.encode()
    return html


def _require_piece(html: str) -> str:
    if _WHOLE_PAGE.search(require_short(html)):
        raise WholePage("a page in a page")
    return html


def build_assets(assets: Assets, offered: list[Asset]) -> None:
    """Serve the files of plugins, each named by its content."""
    for each in offered:
        assets.add_bundle(f"{FOLDER}/{each.name}", each.files)


def needs(name: str) -> Markup:
    """For templates: load a style sheet or a script, where the page has not yet.

    Raises:
        KeyError: no plugin offers it.
    """
    address = app_state().assets.url(f"{FOLDER}/{name}")
    loaded: set[str] = g.setdefault(_LOADED, set())
    if name in loaded:
        return Markup("")
    loaded.add(name)
    if name.endswith(".css"):
        return Markup('<link rel="stylesheet" href="{}">').format(address)
    return Markup('<script src="{}" type="module"></script>').format(address)


def drawn_template(template: str, context: Mapping[str, Any]) -> Markup:
    """A template that a plugin gave. One that fails is not drawn, so it has loaded nothing.

    Raises:
        PieceTooLong: it would make the page too large for everyone.
        WholePage: it would be a page in a page.
    """
    before = set(g.get(_LOADED, ()))
    try:
        return Markup(_require_piece(_drawn(template, dict(context))))  # noqa: S704 - a template escapes
    except BaseException:
        setattr(g, _LOADED, before)
        raise


def _drawn(template: str, context: dict[str, Any]) -> str:
    """As `render_template`, which also tells whoever listens to signals, several times for each slot of a page."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - past the proxy
    app.update_template_context(context)
    drawn: str = app.jinja_env.get_template(template).render(context)
    return drawn


@contextmanager
def kept_whole() -> Iterator[None]:
    """What is drawn inside is kept for other pages, so it loads all that it needs itself."""
    before: set[str] = g.get(_LOADED, set())
    setattr(g, _LOADED, set())
    try:
        yield
    finally:
        setattr(g, _LOADED, before | getattr(g, _LOADED))
