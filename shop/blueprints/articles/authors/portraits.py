"""The picture of an author: one of the library, or else one drawn from their initials."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from shop.blueprints.articles.models import Author
from shop.core.covers import portraits
from shop.core.pictures import drawing

WIDEST = 320
"""How many pixels wide a portrait is sent: enough for 128 on a dense screen."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a page shows of an author. `focus` are classes of a style sheet for a picture that is cut square."""

    url: str
    focus: str = ""


def portrait_of(author: Author) -> Portrait:
    """The picture that was chosen, if it can be shown; else the drawn one."""
    chosen = drawing.shown(author.portrait, WIDEST)
    if chosen is not None:
        return Portrait(chosen.url, chosen.focus)
    fingerprint = portraits.portrait_fingerprint(author.name, author.slug)
    return Portrait(url_for("authors.portrait", slug=author.slug, v=fingerprint))
