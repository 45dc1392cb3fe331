"""A table of posts (CSV), alone or in a ZIP, with names of columns in lower case."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from flask_babel import gettext as _

from shop.blueprints.importers.formats import bundles, files
from shop.blueprints.importers.magazines.arriving import ArticleArrival, Magazine
from shop.plugins.api import Refused

LONGEST_CELL = 1_000_000


Row = Mapping[str, str]


def bring_in_rows(
    rows: Iterator[Row],
    magazine: Magazine,
    *,
    title_of: Callable[[Row], str],
    arrival_of: Callable[[str, Row, Magazine], ArticleArrival],
) -> None:
    """Bring each post in; one that `arrival_of` refuses is told of in the report."""
    for number, row in enumerate(rows, start=1):
        label = f"post {number} “{title_of(row)[:60]}”"
        try:
            arrival = arrival_of(label, row, magazine)
        except Refused as refused:
            magazine.refuse(label, refused.message)
        else:
            magazine.bring_in(arrival)


def posts_in(path: Path, needed: str, *, max_mb: int, maker: str) -> Iterator[Row]:
    """Each row, its cells by their columns; of a ZIP or a folder the table that has the column `needed`.

    Raises:
        Refused: there is no such table, or it is damaged.
    """
    content = _table(path, needed, max_mb=max_mb)
    if content is None:
        raise Refused(
            _(
                "%(name)s is not an export of %(maker)s: it has no column named %(needed)s.",
                name=path.name,
                maker=maker,
                needed=needed,
            )
        )
    csv.field_size_limit(LONGEST_CELL)
    try:
        for row in csv.DictReader(io.StringIO(content, newline=""), restval="", strict=True):
            yield {
                str(name).strip().casefold(): value.strip()
                for name, value in row.items()
                if isinstance(value, str)
            }
    except csv.Error as error:
        raise Refused(_("%(name)s is damaged: %(error)s.", name=path.name, error=error)) from None


def _table(path: Path, needed: str, *, max_mb: int) -> str | None:
    if not (path.is_dir() or files.is_zip(path)):
        content = files.read_text(path, max_mb=max_mb)
        return content if _has(content, needed) else None
    with bundles.opened(path, max_mb=max_mb) as bundle:
        tables = (bundle.text(name) for name in bundle.names if name.lower().endswith(".csv"))
        return next((content for content in tables if _has(content, needed)), None)


def _has(content: str, needed: str) -> bool:
    head = content.lstrip("\ufeff").partition("\n")[0]
    return needed in (cell.strip("\"' \r").casefold() for cell in head.split(","))
