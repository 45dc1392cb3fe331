"""Visits to redirects and to addresses where there is nothing, counted in the process and written down once a minute.

A visit never waits for a write of its own, and a flood of them is one write. What a process had not written when it
ended is not counted.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shop.blueprints.redirects import services
from shop.core import clock
from shop.plugins.api import unit_of_work

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)
MOST_PATHS = 200


class VisitTally:
    """What was visited since the last write. One a process and application."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followed: Counter[int] = Counter()
        self._missed: Counter[str] = Counter()
        self._written_at: datetime | None = None

    def note_followed(self, redirect_id: int) -> None:
        """Somebody followed a redirect."""
        with self._lock:
            self._followed[redirect_id] += 1

    def note_missed(self, path: str) -> None:
        """Somebody found nothing at an address. Beyond 200 addresses a minute, further ones are not counted."""
        with self._lock:
            if path in self._missed or len(self._missed) < MOST_PATHS:
                self._missed[path] += 1

    def write_when_due(self) -> None:
        """Write the counts down, at most once a minute."""
        followed, missed = self._taken_when_due()
        if not followed and not missed:
            return
        try:
            with unit_of_work():
                services.count_visits(followed, missed)
        except SQLAlchemyError as error:
            log.warning("redirects.not_counted", error=repr(error))

    def _taken_when_due(self) -> tuple[Counter[int], Counter[str]]:
        now = clock.now()
        with self._lock:
            if self._written_at is not None and now - self._written_at < EVERY:
                return Counter(), Counter()
            taken = self._followed, self._missed
            self._followed, self._missed, self._written_at = Counter(), Counter(), now
        return taken
