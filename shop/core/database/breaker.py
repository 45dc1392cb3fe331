"""A circuit breaker: remembers for some seconds that something outside did not answer.

Without it each request finds that out for itself, and holds a thread until its own deadline. The pattern is Nygard's
(Release It!, 2007). One a process is enough: the first deadline that passes spares all others.
"""

from __future__ import annotations

import threading
import time

PAUSE_SECONDS = 3.0


class Breaker:
    """Closed while all is well. After a failure it is open for a pause; then one may try, while the others wait."""

    def __init__(self, pause: float = PAUSE_SECONDS) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._ask_again_at: float | None = None

    def may_ask(self) -> bool:
        """Whether to ask now. Of those who come after the pause, the first may; its answer decides for the others."""
        if self._ask_again_at is None:
            return True
        with self._lock:
            now = time.monotonic()
            if now < (self._ask_again_at or 0):
                return False
            self._ask_again_at = now + self._pause
            return True

    def failed(self) -> None:
        """There was no answer in time."""
        with self._lock:
            self._ask_again_at = time.monotonic() + self._pause

    def answered(self) -> None:
        """There was one: everybody may ask."""
        if self._ask_again_at is not None:
            with self._lock:
                self._ask_again_at = None
