"""Which pages stay in memory when there are more than fit.

What was asked for once goes before what was asked for again, so a crawl through every page of the site throws away its
own pages and not those that people read (after S3-FIFO: Yang, Zhang, Qiu, Yue, Vigfusson, SOSP 2023).
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from shop.core.pages.page import KeptPage

KEEP_BYTES = 64 * 1024 * 1024
SHARE_OF_NEW = 0.1
"""Of the bytes: so much is for pages that nobody has asked for a second time yet."""


class _Line(OrderedDict[str, int]):
    """Keys in the order in which they came, with the bytes of each."""

    total = 0

    def put(self, key: str, size: int) -> None:
        self.total += size - self.get(key, 0)
        self[key] = size

    def take_first(self) -> tuple[str, int]:
        key, size = self.popitem(last=False)
        self.total -= size
        return key, size

    def take(self, key: str) -> None:
        self.total -= self.pop(key, 0)


class PageMemory:
    """Pages by their key. Safe for threads; finding one takes no lock.

    Attributes:
        pages: those that are there. Whoever takes one from here says itself that it was asked for.
    """

    def __init__(self, keep_bytes: int = KEEP_BYTES) -> None:
        self._limit = keep_bytes
        self.pages: dict[str, KeptPage] = {}
        self._new, self._wanted = _Line(), _Line()
        self._lock = threading.Lock()

    def get(self, key: str) -> KeptPage | None:
        """The page of a key, which counts as wanted from now on."""
        page = self.pages.get(key)
        if page is not None:
            page.was_asked_for = True
        return page

    def keep(self, key: str, page: KeptPage) -> None:
        """Keep a page instead of an earlier one; others may have to go."""
        with self._lock:
            before = self.pages.get(key)
            if before is not None:
                page.was_asked_for = before.was_asked_for
            self.pages[key] = page
            (self._wanted if key in self._wanted else self._new).put(key, page.size)
            while self.pages and self._new.total + self._wanted.total > self._limit:
                self._make_room()

    def drop(self, key: str) -> None:
        """Forget the page of a key."""
        with self._lock:
            if self.pages.pop(key, None) is not None:
                self._new.take(key)
                self._wanted.take(key)

    def _make_room(self) -> None:
        too_many_new = self._new.total > self._limit * SHARE_OF_NEW
        line = self._new if too_many_new or not self._wanted else self._wanted
        key, size = line.take_first()
        page = self.pages[key]
        if page.was_asked_for:
            page.was_asked_for = False
            self._wanted.put(key, size)
        else:
            del self.pages[key]
