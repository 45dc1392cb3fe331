"""The picture of an author."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from shop.blueprints.articles.models import Author
from shop.core.covers import portraits


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a page shows of an author: a square picture."""

    url: str


def portrait_of(author: Author) -> Portrait:
    """The drawn portrait: the author's initials."""
    fingerprint = portraits.portrait_fingerprint(author.name, author.slug)
    return Portrait(url_for("authors.portrait", slug=author.slug, v=fingerprint))
