"""Which rows an import brings: noted in the transaction that stores them, whatever importer it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from shop.blueprints.importers.runs.models import ImportArrival
from shop.plugins.api import db

KINDS = (
    "comment",
    "redirect",
    "article",
    "product",
    "article_series",
    "author",
    "tag",
    "newsletter_subscriber",
    "shop_order",
    "media_picture",
)
"""The tables whose rows are noted; what depends on a row of them goes with it. In the order in which they can go."""


@contextmanager
def noted(run_id: int) -> Iterator[None]:
    """Note what the present session stores inside."""
    session: Session = db.session()

    def note(of: Session, _context: Any) -> None:
        rows = [
            {"run_id": run_id, "kind": row.__tablename__, "row_id": row.id}
            for row in of.new
            if getattr(row, "__tablename__", "") in KINDS
        ]
        if rows:
            of.connection().execute(insert(ImportArrival), rows)

    event.listen(session, "after_flush", note)
    try:
        yield
    finally:
        event.remove(session, "after_flush", note)
