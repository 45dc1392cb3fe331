"""Writes kept pages to the disk in a thread of its own, so that no reader waits for that."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from contextlib import suppress

import structlog

from shop.core.pages.front import FrontPages
from shop.core.pages.page import KeptPage
from shop.core.pages.store import PageStore

log = structlog.get_logger(__name__)

MOST_IN_LINE = 500
SWEEP_SECONDS = 5.0


class PageWriter:
    """Hands pages to the store and, where there is one, to the web server in front."""

    def __init__(self, store: PageStore, front: FrontPages | None) -> None:
        self.store = store
        self._front = front
        self._line: queue.Queue[tuple[str, KeptPage | None]] = queue.Queue(MOST_IN_LINE)
        threading.Thread(target=self._work, name="shop-page-writer", daemon=True).start()

    def write(self, path: str, page: KeptPage | None) -> None:
        """Write a page soon; None: forget that of this path. When too many wait, a page is left out."""
        try:
            self._line.put((path, page), block=page is None)
        except queue.Full:
            log.warning("kept_pages.not_written", path=path)

    def _work(self) -> None:
        swept_at = 0.0
        while True:
            with suppress(queue.Empty):
                self._write(*self._line.get(timeout=SWEEP_SECONDS))
            if time.monotonic() - swept_at > SWEEP_SECONDS:
                self._sweep()
                swept_at = time.monotonic()

    def _write(self, path: str, page: KeptPage | None) -> None:
        if page is None:
            self.store.drop(path)
            if self._front is not None:
                self._front.drop(path)
            return
        self.store.keep(path, page)
        if self._front is not None:
            self._front.show(path, page)

    def _sweep(self) -> None:
        try:
            if self._front is not None:
                self._front.sweep()
        except (OSError, sqlite3.Error) as error:
            log.warning("front.not_swept", error=repr(error))
