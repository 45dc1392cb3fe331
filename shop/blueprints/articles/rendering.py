"""Articles as HTML, kept in the process: Markdown costs more time than anything else on a page, and rarely changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from shop.blueprints.articles.bodies import Audience, readable
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.read_model import absolute_article_url
from shop.core.app_state import app_state
from shop.core.changes.purge import slot_of
from shop.core.markdown import Document
from shop.core.pages.page_cache import INCOMPLETE, noted_parts
from shop.core.unit_of_work import board, reads_since
from shop.plugins.api import made_of
from shop.plugins.drawing.directives import render_for_elsewhere, render_with_directives

KEPT = 256


@dataclass(frozen=True, slots=True)
class _Kept:
    updated_at: datetime
    sequence: int
    parts: frozenset[str]
    text: Document


class _Shelf:
    def __init__(self) -> None:
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, article: Article) -> _Kept | None:
        kept = self._kept.get(article.id)
        if kept is None or kept.updated_at != article.updated_at:
            return None
        fresh = board().is_fresh([slot_of(part) for part in kept.parts], kept.sequence)
        return kept if fresh else None

    def put(self, article_id: int, kept: _Kept) -> None:
        with self._lock:
            self._kept.pop(article_id, None)
            self._kept[article_id] = kept
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


class _Shelves(dict[str, _Shelf]):
    """The kept texts of one application."""


def rendered(article: Article, audience: Audience) -> Document:
    """The text of a stored article for an audience, made once for each of its versions and for what its directives
    show."""
    return _kept(f"page:{audience}", article, lambda: render(readable(article, audience)))


def rendered_alone(article: Article) -> Markup:
    """The text for feeds and the like, where the site's styles and forms are missing."""
    return _kept("feed", article, lambda: Document(Markup(""), _alone(article), ())).rest


def _kept(shelf_name: str, article: Article, make: Callable[[], Document]) -> Document:
    shelves = app_state().part(_Shelves, _Shelves)
    shelf = shelves.setdefault(shelf_name, _Shelf())
    kept = shelf.get(article)
    if kept is None:
        sequence = reads_since()
        with noted_parts() as parts:
            text = make()
        kept = _Kept(article.updated_at, sequence, frozenset(parts), text)
        if INCOMPLETE not in parts:
            shelf.put(article.id, kept)
    made_of(*kept.parts)
    return kept.text


def _alone(article: Article) -> Markup:
    return render_for_elsewhere(readable(article, Audience.EVERYONE), absolute_article_url(article))


def render(body: str) -> Document:
    """Markdown as it will look.

    Raises:
        Refused: it is too long.
    """
    return render_with_directives(body)
