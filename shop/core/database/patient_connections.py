"""Connections to PostgreSQL whose waits end (`patience`). SQLite needs neither this nor the driver."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import structlog
from psycopg.errors import OperationalError
from sqlalchemy import ExceptionContext, exc

from shop.core.database import patience, silence
from shop.core.database.breaker import Breaker

if TYPE_CHECKING:
    from psycopg.abc import Params, PQGen

log = structlog.get_logger(__name__)

JUST_SILENT = "the database did not answer a moment ago"


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose waits end. One that waited in vain is closed, because its answer may still come."""

    breaker: Breaker
    _last_words: list[tuple[LiteralString, Params]]

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._last_words = []

    def say_at_commit(self, statement: LiteralString, values: Params) -> None:
        """Send a statement together with the next COMMIT: one journey for both. Nobody reads what it answers.

        When it fails, nothing is committed.
        """
        self._last_words.append((statement, values))

    def commit(self) -> None:
        """Say what was to be said, and commit."""
        words, self._last_words = self._last_words, []
        if not words:
            super().commit()
            return
        with self.pipeline():
            for statement, values in words:
                self.execute(statement, values)
            self.execute("COMMIT")  # the driver's own would wait once more

    def rollback(self) -> None:
        """As the driver's own; nothing is to be said any more."""
        self._last_words = []
        super().rollback()

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """As the driver's own; without a given time-out, ours.

        Raises:
            psycopg.OperationalError: no answer came in time.
        """
        seconds = self._patience() if timeout is None else None
        if seconds is None:
            return super().wait(gen, interval, timeout)
        if self.autocommit and not self.breaker.may_ask():
            self.close()
            raise OperationalError(JUST_SILENT)
        silence.postgresql.begins()
        try:
            answer = super().wait(gen, interval, seconds)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - the driver gives it no other name
            self.breaker.failed()
            self.close()
            log.warning("database.silent", seconds=seconds)
            raise OperationalError(f"the database did not answer within {seconds:g} s") from None
        silence.postgresql.ends()
        self.breaker.answered()
        return answer

    def _patience(self) -> float | None:
        # So SQLAlchemy asks whether a pooled connection is still good.
        return patience.PING_SECONDS if self.autocommit else patience.of_statements()


STANDS_BY = frozenset({"25006", "25P03", "25P04"})
"""By PostgreSQL's appendix A: it only reads (any more), and it has ended a transaction that took too long. The driver
calls these internal errors."""


def leave_who_stands_by(context: ExceptionContext) -> None:
    """After a failover a connection may lead to what is a standby now, and would for ever: look for the other anew.

    Raises:
        OperationalError: in the place of what the driver calls an internal error, so that all see a database that is
            away.
    """
    error = context.original_exception
    if getattr(error, "sqlstate", None) in STANDS_BY:
        context.is_disconnect = True
        raise exc.OperationalError(context.statement, None, error, connection_invalidated=True)


class Door:
    """Opens the connections of one engine; keeps shut for a while after the database has not answered."""

    def __init__(self) -> None:
        self.breaker = Breaker()

    def connect(self, *given: Any, **options: Any) -> PatientConnection:
        """A new connection.

        Raises:
            psycopg.OperationalError: the server can't be reached, or did not answer a moment ago.
        """
        if not self.breaker.may_ask():
            raise OperationalError(JUST_SILENT)
        began = time.monotonic()
        try:
            made = PatientConnection.connect(*given, **options)
        except psycopg.errors.OperationalError:
            # Not only its own time-out: looking up the name of the host has none, and a refusal at once is cheap.
            if time.monotonic() - began >= patience.CONNECT_SECONDS:
                self.breaker.failed()
            raise
        made.breaker = self.breaker
        self.breaker.answered()
        return made
