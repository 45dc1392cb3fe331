"""The only place that commits: requests, the job runner and the command line all come through here.

A unit is opened late, after input has been checked, and closed before anything is rendered, because SQLite has one
writer and a page takes a thousand times as long as a row. Facts published inside (`shop.core.events`) are stored in
the same transaction; pages that it changes (`purge`) are forgotten before the caller can answer, and on other hosts
as soon as they hear of the commit (`shop.core.changes.invalidation`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, SessionTransaction

from shop.core import activity, database
from shop.core.app_state import app_state
from shop.core.changes import invalidation
from shop.core.changes.purge import PurgeBoard
from shop.core.database import changed_rows
from shop.extensions import db

P = ParamSpec("P")
R = TypeVar("R")

_TAGS = "shop.purged_tags"
_AFTER = "shop.after_commit"
_SINCE = "shop.reads_since"
CONNECTION = "shop.connection"
"""In the `info` of a session: the connection of its last transaction. `Session.connection` gives that of the present
one too, and begins it where there is none, but takes longer than all the rest of a call into a plugin."""
ONLY_READS = "shop.only_reads"
"""In the `info` of a session that may commit nothing but a unit of work."""


@contextmanager
def unit_of_work(*, waits_for_disk: bool = True) -> Iterator[Session]:
    """Everything inside happens, or nothing does. A unit inside a unit joins the outer one.

    Rows that were read before are read again inside, so that no decision rests on an old snapshot.

    Args:
        waits_for_disk: False where losing it does little harm. No process that dies takes such a unit along, but until
            the next one that waits, a power cut undoes it, and so does the death of a PostgreSQL server.

    Raises:
        RuntimeError: rows were changed before it was opened.
    """
    session = db.session()
    if database.writing.get():
        yield session
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside a unit of work")
    session.rollback()
    token = database.writing.set(True)
    waiting = database.waits_for_disk.set(waits_for_disk)
    try:
        yield session
        session.flush()
        activity.log_changes(session)
        tags: set[str] = session.info.pop(_TAGS, set())
        after: list[Callable[[], None]] = session.info.pop(_AFTER, [])
        if tags:
            invalidation.tell_other_hosts(tags)
            board().announce(tags)
        session.commit()
    except BaseException:
        session.info.pop(_TAGS, None)
        session.info.pop(_AFTER, None)
        changed_rows.taken_changes(session)
        session.rollback()
        raise
    finally:
        database.writing.reset(token)
        database.waits_for_disk.reset(waiting)
    if tags:
        board().purge(tags)
    for action in after:
        action()


def commits(view: Callable[P, R]) -> Callable[P, R]:
    """Run a whole handler as one unit of work: for handlers that change something and redirect."""

    @wraps(view)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with unit_of_work():
            return view(*args, **kwargs)

    return inside


def purge(*tags: str) -> None:
    """Say which pages the present unit changes, by what they are made of: `article:12`, `articles`.

    Raises:
        RuntimeError: outside a unit of work.
    """
    _require_unit()
    db.session().info.setdefault(_TAGS, set()).update(tags)


def after_commit(action: Callable[[], None]) -> bool:
    """Run `action` once the present unit has been committed; False when it is to be run already.

    For wake-up calls, never for work.
    """
    _require_unit()
    actions: list[Callable[[], None]] = db.session().info.setdefault(_AFTER, [])
    if action in actions:
        return False
    actions.append(action)
    return True


def board() -> PurgeBoard:
    """The purge board of the present application."""
    return app_state().purge_board


def reads_since() -> int:
    """The sequence of the purge board from which on what the session reads may be out of date.

    A transaction on SQLite sees the database as it was at its beginning, whatever was purged since then.
    """
    since: int = (
        db.session().info.get(_SINCE, 0) if db.session().in_transaction() else board().sequence
    )
    return since


def will_purge(tag: str) -> bool:
    """Whether the present unit changes what is made of this, so that its answer is not yet true for others."""
    return database.writing.get() and tag in db.session().info.get(_TAGS, ())


@event.listens_for(Session, "before_commit")
def _refuse_commit(session: Session) -> None:
    if session.info.get(ONLY_READS) and not database.writing.get():
        _require_unit()


@event.listens_for(Session, "after_begin")
def _note_beginning(
    session: Session, transaction: SessionTransaction, connection: Connection
) -> None:
    if not transaction.nested:
        session.info[_SINCE] = board().sequence
        session.info[CONNECTION] = connection


def _require_unit() -> None:
    if not database.writing.get():
        raise RuntimeError("this changes something: it belongs inside a unit of work")
