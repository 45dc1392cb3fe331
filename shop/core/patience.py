"""For how long we wait for PostgreSQL. A server that is frozen answers nothing, and its own time-outs stand still too.

So besides those that the server keeps (`statement_timeout`), each wait of ours has an end: for requests a short one,
because a thread and a visitor wait, elsewhere a longer one, for a migration none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from flask import has_request_context
from psycopg.errors import OperationalError

from shop.core.breaker import Breaker

if TYPE_CHECKING:
    from psycopg.abc import PQGen

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 10
LOCK_SECONDS = 5
PING_SECONDS = 2.0
REQUEST_SECONDS = STATEMENT_SECONDS + 2.0
"""Beyond the server's own end of a statement, so that it is the server that ends it, unless it is frozen."""
JOB_SECONDS = 60.0
JUST_SILENT = "the database did not answer a moment ago"

CONNECT_OPTIONS: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    # What is sent and never acknowledged, and a host that is gone without a word: the kernel ends the connection.
    "tcp_user_timeout": 10_000,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "options": f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s -c timezone=UTC",
}

_is_unhurried: ContextVar[bool] = ContextVar("_is_unhurried", default=False)


@contextmanager
def unhurried() -> Iterator[None]:
    """Let statements inside take their time: a change of a table with a million rows."""
    token = _is_unhurried.set(True)
    try:
        yield
    finally:
        _is_unhurried.reset(token)


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose waits end. One that waited in vain is closed, because its answer may still come."""

    breaker: Breaker

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
        try:
            answer = super().wait(gen, interval, seconds)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - the driver gives it no other name
            self.breaker.failed()
            self.close()
            log.warning("database.silent", seconds=seconds)
            raise OperationalError(f"the database did not answer within {seconds:g} s") from None
        self.breaker.answered()
        return answer

    def _patience(self) -> float | None:
        if self.autocommit:  # so SQLAlchemy asks whether a pooled connection is still good
            return PING_SECONDS
        if _is_unhurried.get():
            return None
        return REQUEST_SECONDS if has_request_context() else JOB_SECONDS


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
        try:
            made = PatientConnection.connect(*given, **options)
        except psycopg.errors.ConnectionTimeout:
            self.breaker.failed()
            raise
        made.breaker = self.breaker
        self.breaker.answered()
        return made
