"""Where rate limits are counted when processes share them: in Valkey, and beside it here.

While Valkey is away each process goes on from what it last knew, instead of from nothing; when Valkey is back, empty or
as it was, it is told what was counted meanwhile. So a limit holds all the while, for each process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

import structlog
from limits.storage import MemoryStorage, Storage, storage_from_string

log = structlog.get_logger(__name__)
T = TypeVar("T")

PREFIX = "shared+"
PAUSE_SECONDS = 5.0
"""For how long Valkey is not asked after it did not answer: each asking may take a fifth of a second."""


class SharedCounters(Storage):
    """Counters for fixed windows. The address is Valkey's with `shared+` before it; options are the client's."""

    STORAGE_SCHEME = [  # noqa: RUF012 - as the library declares it
        PREFIX + scheme for scheme in ("valkey", "valkeys", "valkey+unix")
    ]

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._here = MemoryStorage()
        there = storage_from_string((uri or "").removeprefix(PREFIX), **options)
        self._there = cast("Storage", there)
        self._lock = threading.Lock()
        self._ask_again_at = 0.0
        self._is_away = False
        self._untold: set[str] = set()
        """Counters that Valkey may have forgotten, or has not heard of."""

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None of its own: a Valkey that is away is no error."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and say how many there are now."""
        here = self._here.incr(key, expiry, amount)
        there = self._asked(lambda: self._there.incr(key, expiry, amount))
        if there is None:
            return here
        missing = here - there
        if missing > 0 and self._was_untold(key):
            self._asked(lambda: self._there.incr(key, expiry, missing))
            return here
        self._know(key, expiry, there)
        return there

    def get(self, key: str) -> int:
        """How many there are."""
        there = self._asked(lambda: self._there.get(key))
        here = self._here.get(key)
        return here if there is None else max(there, here if key in self._untold else 0)

    def get_expiry(self, key: str) -> float:
        """When the counter ends, in seconds since 1970."""
        there = self._asked(lambda: self._there.get_expiry(key))
        return self._here.get_expiry(key) if there is None or key in self._untold else there

    def check(self) -> bool:
        """Always able to count."""
        return True

    def reset(self) -> int | None:
        """Forget every counter."""
        self._asked(self._there.reset)
        return self._here.reset()

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._here.clear(key)
        self._asked(lambda: self._there.clear(key))

    def _asked(self, question: Callable[[], T]) -> T | None:
        """What Valkey answers; None while it is away."""
        if time.monotonic() < self._ask_again_at:
            return None
        try:
            answer = question()
        except self._there.base_exceptions as error:
            self._has_gone(error)
            return None
        if self._is_away:
            self._has_come_back()
        return answer

    def _has_gone(self, error: Exception) -> None:
        with self._lock:
            self._ask_again_at = time.monotonic() + PAUSE_SECONDS
            if not self._is_away:
                log.warning("limits.valkey_away", error=repr(error))
            self._is_away = True

    def _has_come_back(self) -> None:
        with self._lock:
            if self._is_away:
                self._untold = set(self._here.storage)
                self._is_away = False
                log.info("limits.valkey_back", counters=len(self._untold))

    def _was_untold(self, key: str) -> bool:
        with self._lock:
            untold = key in self._untold
            self._untold.discard(key)
            return untold

    def _know(self, key: str, expiry: int, there: int) -> None:
        """Remember what all processes together have counted, for when Valkey is away."""
        missing = there - self._here.get(key)
        if missing > 0:
            self._here.incr(key, expiry, missing)


def why_nothing_counts(url: str) -> str:
    """Why the Valkey of this address does not count now, in its own words; empty when it does.

    It is asked to count: one that is full, or that stands by for another, answers and counts nothing.
    """
    patience = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}
    there = cast("Storage", storage_from_string(url, **cast("Any", patience)))
    try:
        there.incr("doctor", 1)
    except there.base_exceptions as error:
        return str(error).partition("\n")[0]
    return ""
