"""Connections to PostgreSQL whose waits end (`patience`). SQLite needs neither this nor the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from psycopg.errors import OperationalError

from shop.core.database import patience
from shop.core.database.breaker import Breaker

if TYPE_CHECKING:
    from psycopg.abc import PQGen

log = structlog.get_logger(__name__)

JUST_SILENT = "the database did not answer a moment ago"


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
        # So SQLAlchemy asks whether a pooled connection is still good.
        return patience.PING_SECONDS if self.autocommit else patience.of_statements()


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
