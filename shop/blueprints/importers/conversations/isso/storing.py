"""Brings the comments of an Isso database in, below the articles that their addresses belong to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from flask_babel import gettext as _

from shop.blueprints.comments.models import State
from shop.blueprints.importers.conversations import matching, talk
from shop.blueprints.importers.conversations.isso import reading
from shop.blueprints.importers.conversations.isso.reading import Written
from shop.blueprints.importers.conversations.matching import Articles
from shop.blueprints.importers.conversations.talk import Arrival
from shop.blueprints.importers.formats import files
from shop.plugins.api import ImportReport, Refused

options = (matching.map_option, files.max_mb)
_STATES = {1: State.APPROVED, 2: State.WAITING, 4: State.ERASED}


def run(file: Path, report: ImportReport, *, mapping: Path | None, max_mb: int) -> None:
    """Bring Isso's comments in. Its text is Markdown as ours is.

    Raises:
        Refused: the file is no use as a whole.
    """
    files.require_harmless(file, max_mb=max_mb)
    talk.require_comments()
    with reading.open_database(file) as database:
        talk.import_talk(_arrivals(database, Articles(mapping), report), report)


def _arrivals(
    database: sqlite3.Connection, articles: Articles, report: ImportReport
) -> Iterator[Arrival]:
    name = reading.author_of(database)
    for written in reading.stored_comments(database):
        try:
            yield _arrival(written, name, articles)
        except Refused as refused:
            report.refuse(written.label, refused.message)


def _arrival(written: Written, name: str, articles: Articles) -> Arrival:
    state = _STATES.get(written.mode)
    if state is None:
        raise Refused(_("unknown mode %(mode)s", mode=written.mode))
    if written.posted_at is None:
        raise Refused(_("it has no readable date"))
    return Arrival(
        label=written.label,
        key=f"isso:{name}:{written.number}",
        parent_key=f"isso:{name}:{written.parent}" if written.parent else "",
        article_id=articles.find(link=written.uri, title=written.title),
        author=written.author,
        email=written.email if "@" in written.email else "",
        body=written.body,
        posted_at=written.posted_at,
        state=state,
        edited_at=written.edited_at,
        helpful=written.likes,
    )
