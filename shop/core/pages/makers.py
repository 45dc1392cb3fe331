"""Threads that make a page again while its readers have the last one: each page once, however many ask for it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import structlog

from shop.core.database import silence
from shop.core.pages.page import KeptPage

log = structlog.get_logger(__name__)

MAKERS = 3
MOST_IN_LINE = 1_000
READERS_WAIT = 1.0
"""Seconds from when its making was asked for. A reader who waits that long gets the last good page instead."""
READERS_LOOK, SILENT_FOR = 0.35, 0.25
"""Seconds after which they look whether the database is silent, and how long it must have been: then they wait no more.
A page that is only slow to make is waited for."""


class NotShared:
    """What came out is no page for everyone: it has moved, is gone, or is one visitor's now."""


Made = KeptPage | type[NotShared] | None


class Making:
    """A page that is being made. `made` is None as long as it is, and where it failed."""

    def __init__(self) -> None:
        self.made: Made = None
        self._ends = threading.Event()
        self._asked_at = time.monotonic()

    def wait(self) -> bool:
        """Wait until it has ended, but not for longer than readers wait; whether it has."""
        if self._ends.wait(self._left_of(min(READERS_LOOK, READERS_WAIT))):
            return True
        if silence.postgresql.seconds > SILENT_FOR:
            return False
        return self._ends.wait(self._left_of(READERS_WAIT))

    def _left_of(self, seconds: float) -> float:
        return max(0.0, self._asked_at + seconds - time.monotonic())

    def end(self, made: Made) -> None:
        """Tell those who wait."""
        self.made = made
        self._ends.set()


class Makers:
    """Makes pages in threads of its own."""

    def __init__(self, number: int = MAKERS) -> None:
        self._makings: dict[str, Making] = {}
        self._lock = threading.Lock()
        self._line: queue.SimpleQueue[tuple[str, Making, Callable[[], Made]]] = queue.SimpleQueue()
        self._busy_since: list[float | None] = [None] * number
        self._waited_in_vain = False
        for each in range(number):
            name = f"shop-pages-{each}"
            threading.Thread(target=self._work, args=(each,), name=name, daemon=True).start()

    @property
    def are_stuck(self) -> bool:
        """Whether nobody should wait for the next page: somebody waited in vain and no page was made since, or each
        thread has been at one page for too long.
        """
        long_ago = time.monotonic() - READERS_WAIT
        return self._waited_in_vain or all(
            since is not None and since < long_ago for since in self._busy_since
        )

    def wait_for(self, making: Making) -> Made:
        """What was made; None when that took too long, or failed."""
        if not making.wait():
            self._waited_in_vain = True
        return making.made

    def begin(self, key: str, make: Callable[[], Made]) -> Making | None:
        """Have a page made, or join who waits for it already. None: too many are waited for."""
        with self._lock:
            making = self._makings.get(key)
            if making is None and len(self._makings) < MOST_IN_LINE:
                making = self._makings[key] = Making()
                self._line.put((key, making, make))
            return making

    def _work(self, maker: int) -> None:
        while True:
            key, making, make = self._line.get()
            self._busy_since[maker] = time.monotonic()
            made: Made = None
            try:
                made = make()
            except Exception:
                log.exception("kept_pages.not_made", key=key)
            finally:
                with self._lock:
                    del self._makings[key]
                    self._busy_since[maker] = None
                if made is not None:
                    self._waited_in_vain = False
                making.end(made)
