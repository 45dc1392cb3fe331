"""What a process that serves reads aside once it answers, so that no visitor waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

AFTER_SECONDS = 3.0
"""The first visitors after a start come before it."""


class WarmUp:
    """Calls that are made once in each process that serves, one after the other, in a thread of their own.

    A part of the application's state; features add to it where their blueprint is mounted.
    """

    def __init__(self) -> None:
        self._calls: list[Callable[[], object]] = []

    def add(self, call: Callable[[], object]) -> None:
        """Make this call too. It needs no application context, and takes well under a second."""
        self._calls.append(call)

    def begin(self, *, after: float = AFTER_SECONDS) -> threading.Thread:
        """Start the thread; it makes the calls in so many seconds."""
        thread = threading.Timer(after, self.run)
        thread.name, thread.daemon = "shop-warm-up", True
        thread.start()
        return thread

    def run(self) -> None:
        """Make the calls now. Processes that are forked afterwards share what was read."""
        for call in self._calls:
            try:
                call()
            except Exception:  # whoever needs it reads it then, and says what is wrong
                log.exception("warm_up.failed", call=getattr(call, "__qualname__", repr(call)))
