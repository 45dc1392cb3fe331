"""Since when PostgreSQL owes this process an answer: a frozen server is known by it before any deadline has passed."""

from __future__ import annotations

import time


class Silence:
    """Told of each question and each answer; one answer to anybody ends it. Threads share it without a lock: who comes
    between is late by one question."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begins(self) -> None:
        """Something was asked."""
        if self._since is None:
            self._since = time.monotonic()

    def ends(self) -> None:
        """Something was answered."""
        self._since = None

    @property
    def seconds(self) -> float:
        """Since the first question after the last answer; 0 where none is open."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since


postgresql = Silence()
