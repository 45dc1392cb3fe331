"""Articles for tests, written as an editor writes them: facts are published, pages purged, jobs queued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import event

from shop.blueprints.articles import services
from shop.blueprints.articles.authors.services import write_author
from shop.blueprints.articles.models import Article, Author
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

_numbers = count(1)


def make_author(name: str = "Ines Marlow", bio: str = "She edits.") -> Author:
    """A stored author."""
    with unit_of_work():
        return write_author(name=name, bio=bio)


def make_article(*, days_ago: float = 1, **fields: Any) -> Article:
    """A stored article: public since a day, unless something else is said."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "title": f"Article {number}",
        "body": "Trust is the part of a house that nobody photographs.",
        "state": "published",
        "published_at": clock.now() - timedelta(days=days_ago),
    }
    with unit_of_work():
        return services.write_article(**{**given, **fields})


def make_page(**fields: Any) -> Article:
    """A stored page: public since a day, in no menu, unless something else is said."""
    return make_article(kind="page", **fields)


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements that the database is asked inside."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
