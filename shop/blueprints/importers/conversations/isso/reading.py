"""Reads Isso's database (tables `threads` and `comments`, see isso/db in its source).

The file is someone else's: it is opened read-only and as it is, without its journal; its schema is not trusted, tables
must be tables, and no value may be longer than two million bytes.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from flask_babel import gettext as _

from shop.plugins.api import Refused

LONGEST_VALUE = 2_000_000
_MAGIC = b"SQLite format 3\x00"
_NEEDED = {
    "threads": {"id", "uri", "title"},
    "comments": {"tid", "id", "parent", "created", "modified", "mode", "text", "author", "email"},
}


@dataclass(frozen=True, slots=True)
class Written:
    """A comment as Isso has it: `mode` is 1 (accepted), 2 (waiting) or 4 (deleted, kept for its answers)."""

    number: int
    parent: int
    uri: str
    title: str
    author: str
    email: str
    body: str
    mode: int
    posted_at: datetime | None
    edited_at: datetime | None
    likes: int

    @property
    def label(self) -> str:
        """What a report calls it."""
        return f"comment {self.number}"


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, to be read.

    Raises:
        Refused: it is not a SQLite file, none of Isso's, or broken.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise Refused(_("%(name)s is not a SQLite database.", name=path.name))
    try:
        address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.text_factory = lambda raw: raw.decode(errors="replace")
            _require_tables(connection, path)
            yield connection
    except sqlite3.Error as error:
        raise Refused(
            _("%(name)s can’t be read: %(error)s.", name=path.name, error=error)
        ) from None


def _require_tables(connection: sqlite3.Connection, path: Path) -> None:
    kinds = dict(connection.execute("SELECT name, type FROM sqlite_master"))
    for table, needed in _NEEDED.items():
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if kinds.get(table) != "table" or not needed <= columns:
            raise Refused(
                _(
                    "%(name)s is not an Isso database: it has no Isso table named %(table)s.",
                    name=path.name,
                    table=table,
                )
            )


def author_of(connection: sqlite3.Connection) -> str:
    """What tells this database from others, whose numbers begin at 1 as well: a hash of the key that Isso gave it."""
    try:
        row = connection.execute(
            "SELECT value FROM preferences WHERE key = 'session-key'"
        ).fetchone()
    except sqlite3.OperationalError:  # older than Isso 0.6
        row = None
    return hashlib.sha256(str(row[0]).encode()).hexdigest()[:12] if row else "0"


def stored_comments(connection: sqlite3.Connection) -> Iterator[Written]:
    """Every comment, by its number: what is answered comes before its answers."""
    columns = {row[1] for row in connection.execute("PRAGMA table_info(comments)")}
    likes = "c.likes" if "likes" in columns else "0"
    rows = connection.execute(
        "SELECT c.id, c.parent, t.uri, t.title, c.author, c.email, c.text, c.mode, c.created, c.modified, "  # noqa: S608
        f"{likes} FROM comments c LEFT JOIN threads t ON t.id = c.tid ORDER BY c.id"
    )
    for number, parent, uri, title, author, email, body, mode, created, modified, liked in rows:
        yield Written(
            number=_whole(number),
            parent=_whole(parent),
            uri=str(uri or ""),
            title=str(title or ""),
            author=str(author or ""),
            email=str(email or ""),
            body=str(body or ""),
            mode=_whole(mode),
            posted_at=_moment(created),
            edited_at=_moment(modified),
            likes=max(0, min(_whole(liked), 1_000_000)),
        )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, (int, float)) or not 0 < seconds < 220_000_000_000:
        return None
    return datetime.fromtimestamp(seconds, UTC)
