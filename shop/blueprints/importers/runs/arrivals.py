"""Which rows an import brings: noted in the transaction that stores them, whatever importer it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Insert, Result, event, insert
from sqlalchemy.orm import ORMExecuteState, Session

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

    def note(of: Session, rows: Iterable[tuple[str, int]]) -> None:
        brought = [{"run_id": run_id, "kind": kind, "row_id": row_id} for kind, row_id in rows]
        if brought:
            of.connection().execute(insert(ImportArrival), brought)

    def note_flushed(of: Session, _context: Any) -> None:
        named = ((getattr(row, "__tablename__", ""), row) for row in of.new)
        note(of, [(kind, row.id) for kind, row in named if kind in KINDS])

    def note_inserted(state: ORMExecuteState) -> Result[Any] | None:
        """Of rows that are written unless they are there, as tags are, those that are new."""
        kind = state.bind_mapper.local_table.name if state.bind_mapper else ""  # type: ignore[attr-defined]
        if not isinstance(state.statement, Insert) or kind not in KINDS:
            return None
        table = state.statement.table
        made = state.invoke_statement(state.statement.returning(table.c.id)).freeze()
        note(state.session, [(kind, row_id) for row_id in made().scalars()])
        return made()

    event.listen(session, "after_flush", note_flushed)
    event.listen(session, "do_orm_execute", note_inserted)
    try:
        yield
    finally:
        event.remove(session, "after_flush", note_flushed)
        event.remove(session, "do_orm_execute", note_inserted)
