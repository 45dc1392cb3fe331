"""One listener a host: a thread that learns what other hosts have changed, and writes it on this machine's purge board.

Every process that serves or runs jobs has the thread, and one of them listens. PostgreSQL notifies it when something
was committed (`NOTIFY`), and twice a second it reads the rows without being notified. It holds a lock that the kernel
takes back when its process dies; when the process is only frozen, its missing heartbeat tells the others.

While the database does not answer, everything is purged again and again: what is remembered is then asked for anew, and
where the database is away for the pages too, the last good page and the last answers stand. The same at the beginning
and whenever the listener may have missed something.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import select
import struct
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import Engine

from shop.config import entry
from shop.core.app_state import state_of
from shop.core.changes import invalidation, peers
from shop.core.changes.purge import PurgeBoard
from shop.core.jobs import Lane, Periodic
from shop.extensions import db

log = structlog.get_logger(__name__)

FILE = entry("listener")
BEAT_SECONDS = 0.5
"""Between two readings without a notification, and between two checks whether the listener is gone."""
ANSWER_SECONDS = 1
FROZEN_SECONDS = 3.0
_CONNECTING = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 2000,
    "application_name": "bookstall listener",
}
_LOOK = (
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, extract(epoch FROM clock_timestamp())::text, "
    "(SELECT json_agg(json_build_array(id, transaction_id, tags)) FROM invalidation WHERE transaction_id >= {})"
)


class DatabaseAway(Exception):
    """The database did not answer, or in a way that it should not."""


class Missed(Exception):
    """Rows may have been deleted before they were read."""


class NotifiedConnection:
    """A connection to the database of its own. Each answer has a deadline, which the driver does not offer."""

    def __init__(self, engine: Engine) -> None:
        # Imported here, because SQLite needs no driver of PostgreSQL.
        import psycopg

        arguments, named = engine.dialect.create_connect_args(engine.url)
        try:
            self._connection = psycopg.connect(
                *arguments, **{**named, **_CONNECTING}, autocommit=True
            )
        except psycopg.Error as error:
            raise DatabaseAway(repr(error)) from None
        self._pg = self._connection.pgconn
        self._error = psycopg.Error
        self.ask(f"LISTEN {invalidation.CHANNEL}")
        self._horizon = 0
        self._seen: set[int] = set()
        self._looked_at = 0.0
        self.clock_ahead = 0.0
        """Seconds that our clock is ahead of the database's."""
        self.look(begin=True)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def wait(self, seconds: float) -> None:
        """Until a notification comes, or for `seconds`."""
        self._receive(seconds)
        while self._told(self._pg.notifies):
            pass

    def look(self, *, begin: bool = False) -> set[str]:
        """The tags of all that was committed since the last look; none for the first, which only marks the place.

        Raises:
            DatabaseAway: no answer.
            Missed: it was too long ago.
        """
        horizon, now, found = self.ask(_LOOK.format(2**62 if begin else self._horizon))
        self.clock_ahead = time.time() - float(now or 0)  # not clock.now(), which is the database's
        rows = json.loads(found or b"[]")
        tags = {tag for number, _, named in rows if number not in self._seen for tag in named}
        self._horizon = int(horizon or 0)
        self._seen = {number for number, by, _ in rows if by >= self._horizon}
        before, self._looked_at = self._looked_at, float(now or 0)
        if not begin and self._looked_at - before > invalidation.KEEP.total_seconds() / 2:
            raise Missed
        return tags

    def ask(self, statement: str, values: Sequence[str] | None = None) -> list[bytes | None]:
        """The first row of the answer; `values` stand for $1, $2 ...

        Raises:
            DatabaseAway: it did not come within `ANSWER_SECONDS`, or was an error.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        given = None if values is None else [value.encode() for value in values]
        self._told(lambda: self._pg.send_query_params(statement.encode(), given))
        row: list[bytes | None] = []
        while (result := self._result(deadline)) is not None:
            if message := result.error_message:
                raise DatabaseAway(message.decode(errors="replace").strip())
            if result.ntuples:
                row = [result.get_value(0, column) for column in range(result.nfields)]
        return row

    def _result(self, deadline: float) -> Any:
        while self._told(self._pg.flush) or self._told(self._pg.is_busy):
            if not self._receive(deadline - time.monotonic()):
                raise DatabaseAway(f"no answer within {ANSWER_SECONDS} s")
        return self._told(self._pg.get_result)

    def _receive(self, seconds: float) -> bool:
        """Take in what comes within `seconds`; whether something did."""
        came = select.poll()
        came.register(self._pg.socket, select.POLLIN)
        if not came.poll(max(0, int(seconds * 1000))):
            return False
        self._told(self._pg.consume_input)
        return True

    def _told(self, ask: Any) -> Any:
        try:
            return ask()
        except self._error as error:
            raise DatabaseAway(repr(error)) from None


class Lease:
    """Which process of this machine listens: whoever has the lock, or anyone once its heartbeat has stopped."""

    _FORM = struct.Struct("=8sqq")

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._name = secrets.token_bytes(8)

    def take(self, *, answered: bool = False) -> bool:
        """Get or keep it; whether we have it. `answered` notes that the database has just answered."""
        name, beat, answered_at = self._read()
        now = time.monotonic_ns()
        is_ours = self._lock() or name == self._name or not 0 <= now - beat < FROZEN_SECONDS * 1e9
        if is_ours:
            fields = self._FORM.pack(self._name, now, now if answered else answered_at)
            os.pwrite(self._file, fields, 0)
        return is_ours

    def seconds_since_answer(self) -> float | None:
        """How long ago the database answered whoever listens here; None when nobody listens."""
        _, beat, answered_at = self._read()
        now = time.monotonic_ns()
        if not 0 <= now - beat < FROZEN_SECONDS * 2e9:
            return None
        return (now - answered_at) / 1e9

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

    def _lock(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _read(self) -> tuple[bytes, int, int]:
        found = os.pread(self._file, self._FORM.size, 0)
        if len(found) < self._FORM.size:
            return b"", 0, 0
        name, beat, answered_at = self._FORM.unpack(found)
        return name, beat, answered_at


class Listener:
    """The thread of one process. It does nothing on SQLite, where there is one host."""

    def __init__(self, app: Flask) -> None:
        state = state_of(app)
        self._board: PurgeBoard = state.purge_board
        self._path = state.config.data_dir / FILE
        with app.app_context():
            self._engine = db.engine
            self._is_needed = invalidation.is_shared()
        self._facts = peers.facts_of(state.config)
        self._say_next = 0.0
        self._is_away = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shop-listener", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        if self._is_needed:
            self._thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        """End, and leave listening to another process."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        with closing(Lease(self._path)) as lease:
            while not self._stopping.is_set():
                if lease.take():
                    self._listen_through(lease)
                self._stopping.wait(BEAT_SECONDS)

    def _listen_through(self, lease: Lease) -> None:
        """Listen, whatever those raise who are told: a disk may be full of kept pages."""
        try:
            self._listen(lease)
        except Exception:
            log.exception("listener.failed")

    def _listen(self, lease: Lease) -> None:
        try:
            with closing(NotifiedConnection(self._engine)) as connection:
                self._begin_listening()
                while lease.take(answered=True) and not self._stopping.is_set():
                    connection.wait(BEAT_SECONDS)
                    self.pass_on(connection.look())
                    self._say(connection)
        except Missed:
            log.warning("listener.missed")
        except DatabaseAway as error:
            if not self._is_away:
                log.warning("listener.database_away", error=str(error))
            self._is_away = True
        self._board.purge_everything()

    def _begin_listening(self) -> None:
        """Forget everything: of what happened until now nobody notified us."""
        self._board.purge_everything()
        if self._is_away:
            log.info("listener.database_back")
        self._is_away = False

    def _say(self, connection: NotifiedConnection) -> None:
        """Tell the others that this host runs, and what must be the same there."""
        if time.monotonic() >= self._say_next:
            connection.ask(peers.SAY, self._facts.as_parameters(connection.clock_ahead))
            self._say_next = time.monotonic() + peers.EVERY_SECONDS

    def pass_on(self, tags: Iterable[str]) -> None:
        """Tell the processes of this machine."""
        if tags:
            self._board.purge(tags)


HOUSEKEEPING = Periodic(
    name="invalidation.prune",
    every=invalidation.KEEP,
    handle=invalidation.prune,
    lane=Lane.SLOW,
)


def seconds_since_answer(data_dir: Path) -> float | None:
    """How long ago the database answered this machine's listener; None when nobody listens here."""
    if not (data_dir / FILE).exists():
        return None
    with closing(Lease(data_dir / FILE)) as lease:
        return lease.seconds_since_answer()
