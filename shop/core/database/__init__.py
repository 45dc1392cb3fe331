"""How each database is opened: SQLite with real transactions, PostgreSQL with deadlines (`patience`).

SQLite as the driver opens it loses updates (it begins no transaction before a SELECT). Here every transaction
begins on purpose: plain for reading, IMMEDIATE for writing, so that a writer never works on a stale snapshot.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, LiteralString, cast

import structlog
from flask import Flask, current_app, has_request_context, request
from sqlalchemy import (
    CursorResult,
    Delete,
    Engine,
    Row,
    Select,
    Table,
    Update,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import Session

from shop.core import clock
from shop.core.database import patience
from shop.core.database.writers import LinedUpConnection, WritersLine
from shop.extensions import HELD, Base, db

if TYPE_CHECKING:
    from shop.core.database.patient_connections import PatientConnection

log = structlog.get_logger(__name__)

writing: ContextVar[bool] = ContextVar("writing", default=False)
waits_for_disk: ContextVar[bool] = ContextVar("waits_for_disk", default=True)
"""Whether a unit of work is over only once the disk has it (`unit_of_work`)."""

SQLITE_BUSY_MS = 5_000
"""How long a writer waits for another before it gives up. Readers wait for nobody, but a writer holds a thread."""
LONG_WRITING_SECONDS = 1.0
"""SQLite has one writer. Who is it for longer stands in the log: the others give up after `SQLITE_BUSY_MS`."""
_WRITES_SINCE = "shop.writes_since"
MMAP_BYTES = 256 * 1024 * 1024
ASK_EVERY = 60.0
"""Seconds after which a database server is asked for the time again."""

_begun: dict[int, Any] = {}
"""The driver's connection on which a thread has begun a transaction, by the thread."""
_spoilt: list[Any] = []
"""Connections of SQLite that must not be used again."""


def engine_options(url: str) -> dict[str, Any]:
    """Keyword arguments of `create_engine` for this address. No error of it tells the values of a statement."""
    if make_url(url).get_backend_name() == "sqlite":
        return {
            "hide_parameters": True,
            "connect_args": {"timeout": SQLITE_BUSY_MS / 1000, "factory": LinedUpConnection},
        }
    # A restarted server must cost one failed ping, not one failed page.
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_size": 5,
        "max_overflow": 15,
        "pool_timeout": patience.CONNECT_SECONDS,
        "connect_args": patience.CONNECT_OPTIONS,
    }


def prepare(engine: Engine, make_file: Callable[[], None]) -> None:
    """Attach the listeners that give SQLite real transactions, and PostgreSQL connections that wait for so long only.
    Its clock becomes ours.

    `make_file` comes before SQLite opens its file, and not earlier: who only asks whether a site is there makes none.
    """
    event.listen(engine, "begin", _note_begun)
    event.listen(engine, "commit", _note_ended)
    event.listen(engine, "rollback", _note_ended)
    if engine.dialect.name != "sqlite":
        # Imported here, because it loads the driver, an eighth of the start that a site on SQLite need not pay.
        from shop.core.database.patient_connections import Door, leave_who_stands_by

        door = Door()
        event.listen(engine, "handle_error", leave_who_stands_by)
        event.listen(engine, "do_connect", lambda _d, _r, given, opts: door.connect(*given, **opts))
        event.listen(engine, "connect", ask_the_time)
        event.listen(engine, "checkout", keep_asking)
        event.listen(engine, "begin", _let_commit_wait_less)
        return
    event.listen(engine, "do_connect", lambda *_given: make_file())
    event.listen(engine, "connect", partial(_set_pragmas, WritersLine()))
    event.listen(engine, "checkout", _refuse_spoilt)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _tell_long_writing)
    event.listen(engine, "rollback", _tell_long_writing)


def ask_the_time(connection: Any, *_told: object) -> None:
    """Set the site's clock by the server's. `connection` is the driver's own, with no transaction begun."""
    asked_at = clock.timer()
    with connection.cursor() as cursor:
        (moment,) = cursor.execute("SELECT clock_timestamp()").fetchone()
    connection.rollback()
    clock.set_to(moment, asked_at=asked_at)


def keep_asking(connection: Any, *_told: object) -> None:
    """Ask for the time when that was a while ago: a timer goes wrong by some milliseconds in a minute."""
    if clock.seconds_since_set() > ASK_EVERY:
        ask_the_time(connection)


def _note_begun(connection: Connection) -> None:
    _begun[threading.get_ident()] = connection.connection.dbapi_connection


def _note_ended(_connection: Connection) -> None:
    _begun.pop(threading.get_ident(), None)


def end_transaction_of(thread: int | None) -> None:
    """Undo what a thread is about to write: it is stuck, and nobody can tell it to stop.

    When it goes on, its next statement fails. Its connection is thrown away instead of being used again.
    """
    connection = _begun.pop(thread, None) if thread is not None else None
    if connection is None:
        return
    with contextlib.suppress(Exception):  # it may have ended this very moment
        if db.engine.dialect.name == "sqlite":
            _spoilt.append(connection)
            connection.interrupt()
            connection.execute(
                "PRAGMA query_only=ON"
            )  # before the next: else what comes late would be written
            connection.execute("ROLLBACK")
            connection.leave_line()
        else:
            with db.engine.connect() as other:
                other.execute(
                    text("SELECT pg_terminate_backend(:pid)"),
                    {"pid": connection.info.backend_pid},
                )


def _refuse_spoilt(connection: Any, *_told: object) -> None:
    if connection in _spoilt:
        _spoilt.remove(connection)
        raise DisconnectionError  # the pool opens another


def read_rows(
    statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of columns, as the transaction of the session sees them: never of whole tables, whose rows are its objects.

    The session's own way, which is made for objects, takes twice the time for the same rows.
    """
    session = db.session()
    if writing.get():
        session.flush()
    return session.connection().execute(statement, values).all()


def upsert(table: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say what happens `on_conflict_...`, in the words of the database at hand.

    Where two may write the same row, this decides without an error and without a second look.
    """
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    return insert(table)


def rows_changed(statement: Update | Delete) -> int:
    """Run a statement and say how many rows met its condition.

    Of several who come at once, the one whose condition was met has won: there is no gap between looking and writing.
    Rows that this session has read before are not brought up to date; read again those that you go on with.
    """
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def say_at_commit(statement: LiteralString, values: Mapping[str, Any]) -> None:
    """Have PostgreSQL run a statement at the end of this unit of work, in the journey of its COMMIT.

    Nobody reads what it answers. When it fails, nothing of the unit happens.
    """
    _say_at_commit(db.session.connection(), statement, values)


def _say_at_commit(
    connection: Connection, statement: LiteralString, values: Mapping[str, Any]
) -> None:
    patient = cast("PatientConnection", connection.connection.dbapi_connection)
    patient.say_at_commit(statement, values)


def _let_commit_wait_less(connection: Connection) -> None:
    if writing.get() and not waits_for_disk.get():
        _say_at_commit(connection, "SET LOCAL synchronous_commit TO off", {})


@contextlib.contextmanager
def undone_on_failure(session: Session) -> Iterator[None]:
    """A savepoint in a unit of work, for what others do inside: when that fails, nothing of it is left.

    Until it is over, nobody can end the unit by `commit()`, `rollback()` or `close()`: what others have written before
    would be kept half, or lost.
    """
    with session.begin_nested(), held_together(session):
        yield


@contextlib.contextmanager
def held_together(session: Session) -> Iterator[None]:
    """Let nobody end the transaction inside by `commit()`, `rollback()` or `close()`."""
    before = session.info.get(HELD, False)
    session.info[HELD] = True
    try:
        yield
    finally:
        session.info[HELD] = before


@contextlib.contextmanager
def undone_after(seconds: float) -> Iterator[None]:
    """Undo what this thread writes inside when it takes longer: with SQLite nobody else can write meanwhile.

    Then its next statement fails, and what waits for nothing of the database goes on.

    Raises:
        TimeoutError: it came to its end too late, or failed when its time was over.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    thread, lock, is_over, was_late = threading.get_ident(), threading.Lock(), False, False

    def end() -> None:
        nonlocal was_late
        with lock, app.app_context():
            if not is_over:
                was_late = True
                end_transaction_of(thread)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    too_late = TimeoutError(f"it took longer than {seconds:g} seconds")
    try:
        yield
    except Exception as error:
        if was_late:  # what fails then is a statement on a transaction that has ended
            raise too_late from error
        raise
    finally:
        timer.cancel()
        with lock:
            is_over = True
        if was_late and db.engine.dialect.name == "postgresql":
            db.session().invalidate()  # it has ended the connection: nothing can be rolled back on it
    if was_late:
        raise too_late


def lock_names(*names: str) -> None:
    """Let nobody else lock any of these names before this unit of work ends: for what no row stands for.

    SQLite has one writer at a time, and a unit of work is it from its beginning.
    """
    if db.engine.dialect.name != "postgresql":
        return
    for name in sorted(names):
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _set_pragmas(line: WritersLine, connection: LinedUpConnection, _record: object) -> None:
    connection.line = line
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: with NORMAL a power cut may take the last commits, and one of them may be a paid order.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA mmap_size={MMAP_BYTES}")
    cursor.close()


def _begin(connection: Connection) -> None:
    if not writing.get():
        connection.exec_driver_sql("BEGIN")
        return
    file = cast("LinedUpConnection", connection.connection.dbapi_connection)
    try:
        file.begin_writing(
            is_job=not has_request_context(),
            busy_ms=SQLITE_BUSY_MS,
            waits_for_disk=waits_for_disk.get(),
        )
    except sqlite3.Error as error:
        raise DBAPIError.instance("BEGIN IMMEDIATE", None, error, sqlite3.Error) from error
    connection.info[_WRITES_SINCE] = time.monotonic()


def _tell_long_writing(connection: Connection) -> None:
    """Say who kept all other writers of SQLite waiting: job, request and page stand in the line of the log."""
    since = connection.info.pop(_WRITES_SINCE, None)
    if since is not None and (seconds := time.monotonic() - since) > LONG_WRITING_SECONDS:
        page = request.endpoint if has_request_context() else None
        log.warning("database.wrote_for_long", seconds=round(seconds, 2), page=page)
