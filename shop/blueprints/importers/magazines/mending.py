"""`--map` of magazines: what an article is to say instead, without touching the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from flask_babel import gettext as _

from shop.blueprints.importers.formats import corrections
from shop.blueprints.importers.magazines.arriving import ArticleArrival, moment_in
from shop.plugins.api import Refused

article_map_option = click.Option(
    ["--map", "mapping"],
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file with three columns: an article as the report calls it, what is to change (title, slug, excerpt, "
    "author, tags, date or state), and the right value.",
)


class ArticleCorrections:
    """What articles are to say, by how a report calls them.

    Raises:
        Refused: the map is no such table.
    """

    def __init__(self, mapping: Path | None) -> None:
        self._said: dict[str, list[tuple[str, str]]] = {}
        for row in corrections.rows_of_map(mapping) if mapping else ():
            what = row[1].strip().casefold() if len(row) > 2 else ""
            if what not in _CHANGES:
                raise Refused(
                    _(
                        "--map: %(value)s is not an article, one of %(changes)s, and a value.",
                        value=", ".join(row)[:80],
                        changes=", ".join(_CHANGES),
                    )
                )
            self._said.setdefault(row[0].strip(), []).append((what, row[2].strip()))

    def put_right(self, arrival: ArticleArrival) -> None:
        """Change what the map says of this article.

        Raises:
            Refused: a value is none that fits.
        """
        for what, value in self._said.get(arrival.label, ()):
            _CHANGES[what](arrival, value)


def _set_author(arrival: ArticleArrival, value: str) -> None:
    arrival.author = replace(arrival.author, name=value, slug="")


def _set_tags(arrival: ArticleArrival, value: str) -> None:
    names = (name.strip() for name in value.split(","))
    arrival.tags = {name: arrival.tags.get(name, "") for name in names if name}


def _set_date(arrival: ArticleArrival, value: str) -> None:
    arrival.published_at = moment_in(value)
    if arrival.published_at is None:
        raise Refused(_("--map: %(value)s is not a date", value=value[:40]))


def _set_state(arrival: ArticleArrival, value: str) -> None:
    if value not in {"published", "draft"}:
        raise Refused(_("--map: %(value)s is neither published nor draft", value=value[:40]))
    arrival.is_public = value == "published"


_CHANGES: dict[str, Callable[[ArticleArrival, str], None]] = {
    "title": lambda arrival, value: setattr(arrival, "title", value),
    "slug": lambda arrival, value: setattr(arrival, "slug", value),
    "excerpt": lambda arrival, value: setattr(arrival, "excerpt", value),
    "author": _set_author,
    "tags": _set_tags,
    "date": _set_date,
    "state": _set_state,
}
