"""The guard around every call into a plugin.

Whatever a plugin raises ends its call and nothing else: what it wrote is undone, a failed query does not spoil the
transaction of the page (PostgreSQL answers no other after one), the page is answered and not kept, and the failure
is counted with its last words (`shop.plugins.guard.health`). Features that ship go through the same guard.

Inside a unit of work a savepoint is set for the call. A page only reads: there nothing is set, so that a call
that goes well costs no statement; after a failure the transaction is ended, and rows are read again when needed.

No thread can be ended from outside in Python, so a part that sleeps would hold its page. Until a part of others has
once answered within a second, and again after it took longer, it is called in a thread of its own, and the page goes
on without it after a moment (`shop.plugins.guard.hurrying`). What is known to be quick is called without a thread, a
context and a session of its own; so where such a part begins to hang, the pages wait that ask it within a second, and
none after them. What is slow is
paused after the second call in a row, or the first that hangs for seconds; so are parts of pages that fail again and
again. Feeds, the sitemap and what is kept about a person wait some seconds longer, and are never paused. Nothing that
decides about money or comments is ever paused: there a failure refuses, and the owner is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import structlog
from flask import has_request_context
from sqlalchemy.orm import Session

from shop.core import database
from shop.core.app_state import app_state
from shop.core.errors import ends_process
from shop.core.observing.masking import words_of
from shop.core.pages.page_cache import INCOMPLETE, made_of
from shop.core.unit_of_work import CONNECTION, ONLY_READS
from shop.extensions import db
from shop.plugins.guard.health import PAUSABLE, TAG, HealthBook, Owners, Place, health_book
from shop.plugins.guard.hurrying import LONGER_PATIENCE, answered_soon, patience
from shop.plugins.guard.lending import Lent

log = structlog.get_logger(__name__)

T = TypeVar("T")

_IN_ERROR = 3
"""libpq's PQTRANS_INERROR, as a number: its name would load a driver that a site on SQLite has no use for."""

CAN_BE_LEFT = PAUSABLE | LONGER_PATIENCE.keys()
"""Hooks whose parts nobody has to wait for."""


class PluginFailed(Exception):
    """A call into a plugin failed, and nothing of it is left. `place` says whose it was, `error` what was raised."""

    def __init__(self, place: Place, error: BaseException) -> None:
        super().__init__(f"{place}: {words_of(error)}")
        self.place = place
        self.error = error


class _Paused(Exception):
    """It is not asked now, because it failed or was slow too often."""


class _LeftSpoilt(Exception):
    """What the plugin left in the session would have failed whoever comes next."""


def guarded(
    hook: str,
    item: object,
    call: Callable[[], T],
    *,
    otherwise: T,
    lets_through: tuple[type[Exception], ...] = (),
) -> T:
    """What `call` returns; `otherwise` when it fails or is paused.

    Args:
        hook: the name of the hook through which the plugin gave the item.
        item: what it gave: its owner is whose failure it is.
        call: calls the item, and reads its answer to the end: a generator fails only while it is read.
        otherwise: stands for the answer.
        lets_through: what it may raise on purpose, in words for people.
    """
    try:
        return attempted(hook, item, call, lets_through=lets_through)
    except PluginFailed:
        return otherwise


def attempted(
    hook: str,
    item: object,
    call: Callable[[], T],
    *,
    lets_through: tuple[type[Exception], ...] = (),
) -> T:
    """As `guarded`, for a caller that has something to say of the failure.

    Raises:
        PluginFailed: it failed, or is paused. Nothing of it is left, and it is counted.
    """
    state = app_state()
    owners, book = state.part(Owners, Owners), state.part(HealthBook, HealthBook)
    place = owners.place_of(item, hook)
    if hook in PAUSABLE and book.is_paused(place, state):
        made_of(TAG)
        raise PluginFailed(place, _Paused())
    session = db.session()
    is_writing = database.writing.get()
    if is_writing:
        session.flush()  # what fails here is not the plugin's
    is_of_others = place.plugin in owners.third_parties
    lent = Lent(is_drawn=hook in PAUSABLE) if is_of_others and has_request_context() else None
    # A page can go on without it. Inside a unit of work it is to see what was written there.
    can_be_left = lent is not None and not is_writing and hook in CAN_BE_LEFT
    began = time.perf_counter()
    try:
        try:
            if is_writing:
                with database.undone_on_failure(session):
                    answer = call()
            elif not can_be_left:
                answer = _undone_on_failure(session, call)
            elif book.is_quick(place):
                book.begins(place, began)
                try:
                    answer = _undone_on_failure(session, call)
                finally:
                    book.is_over(place)
            else:
                answer = answered_soon(
                    place,
                    lambda: _undone_on_failure(db.session(), call),
                    seconds=patience(hook),
                    too_late=partial(book.answered_late, place),
                )
        finally:
            if lent is not None:
                lent.give_back()
    except lets_through:
        book.answered(place, time.perf_counter() - began)
        raise
    except BaseException as error:
        if ends_process(error):
            raise
        log.exception("plugin.failed", plugin=place.plugin, hook=hook, part=place.part)
        made_of(INCOMPLETE)
        book.failed(place, time.perf_counter() - began, error)
        raise PluginFailed(place, error) from error
    book.answered(place, time.perf_counter() - began)
    return answer


def count_failure(plugin: str, hook: str, part: str, error: BaseException) -> None:
    """Count what no single call did: the answers of several that do not go together."""
    health_book().failed(Place(plugin, hook, part), 0.0, error)


def _undone_on_failure(session: Session, call: Callable[[], T]) -> T:
    """What `call` returns, outside a unit of work."""
    known = session.info
    had_changes, before = _has_changes(session), known.get(ONLY_READS, False)
    known[ONLY_READS] = True
    try:
        answer = call()
        _look_after(session, had_changes=had_changes)
    except BaseException:
        session.rollback()
        raise
    finally:
        known[ONLY_READS] = before
    return answer


def _look_after(session: Session, *, had_changes: bool) -> None:
    """Look what a call that raised nothing left behind.

    Raises:
        _LeftSpoilt: changed rows, which nobody will commit; or on PostgreSQL a transaction that answers no query.
    """
    if not had_changes and _has_changes(session):
        raise _LeftSpoilt("it changed rows outside a unit of work")
    if _is_spoilt(session):
        raise _LeftSpoilt("a query failed, and the error was not raised")


def _has_changes(session: Session) -> bool:
    # Asked twice a call, so without the sets of `new` and `dirty`; as `Session._is_clean`, which makes a call more.
    return bool(session._new or session._deleted or session.identity_map._modified)  # noqa: SLF001


def _is_spoilt(session: Session) -> bool:
    """Whether PostgreSQL answers no more queries in this transaction. Asks the driver alone, never the server."""
    connection = session.info.get(CONNECTION)
    if connection is None or connection.dialect.name != "postgresql":
        return False
    if connection.closed or not session.in_transaction():
        return False
    # Past `info`, which makes two objects and asks an enumeration.
    status = connection.connection.dbapi_connection.pgconn.transaction_status
    return bool(status == _IN_ERROR)
