"""The last good page of each address on the disk: what a process begins with, and what it has when the database is away
from the start.

A page that was asked for a minute ago was written a minute ago, because it was made again. So when there are more than
fit, those that were written first go, and a crawl leaves what people read.

A page says what made it. After an upgrade, or with another address or other plugins, what lies here is only for the
case that nothing else can be had.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from shop.config import entry
from shop.core.files.replacing import replace_file
from shop.core.pages.page import KeptPage

log = structlog.get_logger(__name__)

FOLDER = entry("pages")
KEEP_BYTES = 256 * 1024 * 1024
STRANGE_SECONDS = 3600.0
"""How old a page counts at least that another version or configuration made."""
_NEVER = -1
LOOK_AFTER = 32
"""After so many shares of all bytes that were written: looking through the folder takes a moment."""


class PageStore:
    """Pages without parameters, by path. Several processes may use one folder.

    `maker` names what makes pages now: a version with its configuration.
    """

    def __init__(
        self, folder: Path, keep_bytes: int = KEEP_BYTES, *, maker: Callable[[], str] = str
    ) -> None:
        self._folder = folder
        self._limit = keep_bytes
        self._maker = maker
        self._written = 0

    def keep(self, path: str, page: KeptPage) -> None:
        """Write a page instead of an earlier one. Where that fails, there is none to begin with, and that is all."""
        head = {
            "path": path,
            "maker": self._maker(),
            "headers": page.headers,
            "slots": page.slots,
            "sequence": page.sequence,
            "made_at": time.time() - page.age,
        }
        content = json.dumps(head).encode() + b"\n" + page.body
        try:
            replace_file(self._file(path), content)
        except OSError as error:
            log.warning("kept_pages.not_stored", error=repr(error))
            return
        self._written += len(content)
        if self._written > self._limit / LOOK_AFTER:
            self._written = 0
            self._make_room()

    def find(self, path: str) -> KeptPage | None:
        """The last good page of a path."""
        try:
            told, _, body = self._file(path).read_bytes().partition(b"\n")
            head = json.loads(told)
            headers = [(name, value) for name, value in head["headers"]]
            age, sequence = max(0.0, time.time() - head["made_at"]), head["sequence"]
            if head["maker"] != self._maker():
                age, sequence = max(age, STRANGE_SECONDS), _NEVER
            page = KeptPage(body, headers, head["slots"], sequence, age=age)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return page if head["path"] == path else None

    def drop(self, path: str) -> None:
        """Forget the page of a path."""
        with suppress(OSError):
            self._file(path).unlink()

    def drop_all(self) -> None:
        """Forget every page."""
        for file in self._folder.glob("??/*"):
            with suppress(OSError):
                file.unlink()

    def _file(self, path: str) -> Path:
        name = hashlib.blake2b(path.encode(errors="surrogatepass"), digest_size=16).hexdigest()
        return self._folder / name[:2] / name

    def _make_room(self) -> None:
        found = []
        for file in self._folder.glob("??/*"):
            with suppress(OSError):
                about = file.stat()
                found.append((about.st_mtime, about.st_size, file))
        too_much = sum(size for _, size, _ in found) - self._limit
        for _, size, file in sorted(found):
            if too_much <= 0:
                break
            too_much -= size
            with suppress(OSError):
                file.unlink()
