"""Kept pages as files for a web server in front (`SHOP_FRONT_DIR`, deploy/nginx), which hands them out by itself.

`fresh/` holds what may be answered now, in its three codings, named by the path and `.html`; `last/` the last good page
of each path, for when nobody here answers. A change takes its pages out of `fresh/` before its answer is sent, and
before its commit: a file that is missing is only slower. Which pages those are stands in a small index beside them,
because whoever changes something may be another process than the one that wrote the page. Files also leave `fresh/`
after a minute, because pages say "9 hours ago".
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import structlog

from shop.config import ConfigError, entry
from shop.core.changes.purge import PurgeBoard
from shop.core.files.replacing import draft_beside, replace_file
from shop.core.pages.page import KeptPage
from shop.core.web import codings

log = structlog.get_logger(__name__)

FRESH, LAST, INDEX = "fresh", "last", "index.sqlite3"
NOTED = entry("front-folder")
"""A file of the data folder that says where the pages lie."""
KEEP_SECONDS = 60.0
KEEP_BYTES = 1024 * 1024 * 1024
HTML = "text/html; charset=utf-8"
SUFFIXES = {codings.IDENTITY: ".html", codings.GZIP: ".html.gz", codings.BROTLI: ".html.br"}
LONGEST_PART = 200
AT_ONCE = 500
_OF_ONE_REQUEST = frozenset({"x-request-id"})
_TABLES = """
CREATE TABLE IF NOT EXISTS part (slot INTEGER, path TEXT, PRIMARY KEY (slot, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page (path TEXT PRIMARY KEY, made REAL, bytes INTEGER, is_fresh INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_made ON page (is_fresh, made);
"""


def folder_of(data_dir: Path, told: Path | None) -> Path | None:
    """Where the files of a site lie: as we are told, else as its data folder says.

    Whoever is told notes it there, for those who are not: a command by hand changes pages too, and with SQLite nobody
    else would take them away. None where there are no such files that we may change.
    """
    noted = data_dir / NOTED
    try:
        if told is not None:
            _note(noted, told)
            return told
        found = Path(noted.read_text(encoding="utf-8"))
    except OSError:
        return told
    return found if os.access(found / INDEX, os.W_OK) else None


def _note(file: Path, folder: Path) -> None:
    words = str(folder)
    if not file.exists() or file.read_text(encoding="utf-8") != words:
        replace_file(file, words.encode())


class FrontPages:
    """The files of one site, for one machine. Every process of the site has one of these.

    Args:
        folder: the web server's user must be able to read it.
        headers: what the web server adds to each page; a page with others is not for it.

    Raises:
        ConfigError: the folder can't be used.
    """

    def __init__(self, folder: Path, headers: Mapping[str, str], board: PurgeBoard) -> None:
        self._folder = folder
        self._headers = {name.lower(): value for name, value in headers.items()}
        self._board = board
        self._lock = threading.Lock()
        self._connection: tuple[int, sqlite3.Connection] | None = None
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            for name in (FRESH, LAST):
                self._open_folder(folder / name)
            with self._lock:
                self._index()
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"SHOP_FRONT_DIR: {error}; choose a folder that this user can write to"
            ) from None
        board.purged.append(self.forget)

    def show(self, path: str, page: KeptPage) -> None:
        """Let the web server answer with this page, unless something in it has changed since."""
        if not self._is_plain(page) or not _is_file_name(path):
            return
        try:
            size = self._write(path, page)
            with self._lock:
                self._note(path, page, size)
            self._board.if_fresh(page.slots, page.sequence, lambda: self._link(path))
        except (OSError, sqlite3.Error) as error:
            log.warning("front.not_shown", error=repr(error))

    def forget(self, slots: Iterable[int] | None) -> None:
        """Take out of `fresh/` what is made of these slots; None: of any."""
        if slots is None:
            self._begin_anew()
            return
        try:
            for path in self._taken_out(list(slots)):
                self._unlink(FRESH, path)
        except (OSError, sqlite3.Error) as error:
            log.warning("front.index_failed", error=repr(error))
            self._begin_anew()

    def drop(self, path: str) -> None:
        """Forget a page altogether: it has moved, or is gone."""
        if _is_file_name(path):
            self._unlink(FRESH, path)
            self._unlink(LAST, path)

    def sweep(self) -> None:
        """Take out what is old, and the oldest of the last good pages where they take too much room."""
        with self._lock:
            index = self._index()
            old = index.execute(
                # What was made in a time to come was made before the clock was set back.
                "UPDATE page SET is_fresh = 0 WHERE is_fresh = 1 AND made NOT BETWEEN ? AND ? RETURNING path",
                (time.time() - KEEP_SECONDS, time.time() + KEEP_SECONDS),
            ).fetchall()
            too_much = index.execute("SELECT sum(bytes) FROM page").fetchone()[0] or 0
            gone = []
            while too_much > KEEP_BYTES:
                path, size = index.execute(
                    "DELETE FROM page WHERE path = (SELECT path FROM page ORDER BY made LIMIT 1) "
                    "RETURNING path, bytes"
                ).fetchone()
                too_much -= size
                gone.append(path)
        for (path,) in old:
            self._unlink(FRESH, path)
        for path in gone:
            self.drop(path)

    def _is_plain(self, page: KeptPage) -> bool:
        """Whether the web server would send the same headers."""
        sent = {name.lower(): value for name, value in page.headers}
        extra = {*sent} - _OF_ONE_REQUEST - {"content-type"} - {*self._headers}
        return (
            not extra
            and sent.get("content-type") == HTML
            and all(sent.get(name) == value for name, value in self._headers.items())
        )

    def _write(self, path: str, page: KeptPage) -> int:
        """Write the last good page in its codings; how many bytes they have."""
        size = 0
        for coding in SUFFIXES:
            _, data = page.form(coding)
            target = self._file(LAST, path, coding)
            self._open_folder(target.parent)
            replace_file(target, data, mode=0o644)
            size += len(data)
        return size

    def _note(self, path: str, page: KeptPage, size: int) -> None:
        index = self._index()
        index.execute("BEGIN IMMEDIATE")
        try:
            index.executemany(
                "INSERT OR IGNORE INTO part VALUES (?, ?)", [(slot, path) for slot in page.slots]
            )
            index.execute(
                "INSERT OR REPLACE INTO page VALUES (?, ?, ?, 1)",
                (path, time.time() - page.age, size),
            )
            index.execute("COMMIT")
        except BaseException:
            index.execute("ROLLBACK")
            raise

    def _link(self, path: str) -> None:
        for coding in reversed(
            SUFFIXES
        ):  # the plain one last: without it the others are not looked for
            target = self._file(FRESH, path, coding)
            self._open_folder(target.parent)
            draft = draft_beside(target)
            os.link(self._file(LAST, path, coding), draft)
            draft.replace(target)
            with suppress(FileNotFoundError):
                draft.unlink()  # POSIX leaves it where both names were one file already

    def _taken_out(self, slots: list[int]) -> set[str]:
        paths: set[str] = set()
        with self._lock:
            index = self._index()
            for start in range(0, len(slots), AT_ONCE):
                some = slots[start : start + AT_ONCE]
                marks = ",".join("?" * len(some))
                found = index.execute(
                    f"DELETE FROM part WHERE slot IN ({marks}) RETURNING path",  # noqa: S608 - question marks
                    some,
                )
                paths.update(path for (path,) in found)
        return paths

    def _unlink(self, folder: str, path: str) -> None:
        for coding in SUFFIXES:
            with suppress(FileNotFoundError):
                self._file(folder, path, coding).unlink()

    def _begin_anew(self) -> None:
        """Take everything out of `fresh/` at once, whatever the index says."""
        aside = draft_beside(self._folder / FRESH)
        with suppress(FileNotFoundError):
            (self._folder / FRESH).rename(aside)
        self._open_folder(self._folder / FRESH)
        shutil.rmtree(aside, ignore_errors=True)

    def _open_folder(self, folder: Path) -> None:
        """Make a folder beneath ours that the web server can read, whatever this process hides by its umask."""
        if not folder.exists():
            if folder.parent != self._folder:
                self._open_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)

    def _file(self, folder: str, path: str, coding: str) -> Path:
        name = path.lstrip("/").encode("latin-1") + SUFFIXES[coding].encode()
        return self._folder / folder / os.fsdecode(name)

    def _index(self) -> sqlite3.Connection:
        """The index, opened once in each process: no connection survives a fork. The caller holds the lock."""
        if self._connection is None or self._connection[0] != os.getpid():
            opened = sqlite3.connect(
                self._folder / INDEX, timeout=2, isolation_level=None, check_same_thread=False
            )
            opened.execute("PRAGMA journal_mode=WAL")
            opened.execute("PRAGMA synchronous=OFF")  # after a power cut everything is made again
            opened.executescript(_TABLES)
            self._connection = os.getpid(), opened
        return self._connection[1]


def _is_file_name(path: str) -> bool:
    """Whether a path (as WSGI has it) can be the name of a file beneath a folder, and stays there."""
    parts = path.split("/")
    return (
        path.startswith("/")
        and all(parts[1:-1])
        and not any(part in {".", ".."} or len(part) > LONGEST_PART for part in parts)
        and all(" " <= character <= "\xff" and character != "\x7f" for character in path)
    )
