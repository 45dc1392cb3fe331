"""Make a backup while the site sells."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from shop.backups import archive, snapshots
from shop.backups.archive import ABOUT, DATABASE, FILES, KEY, MANIFEST, ArchiveWriter
from shop.core import clock
from shop.core.app_state import app_state
from shop.core.errors import NotFound, Refused
from shop.core.files import storage
from shop.core.secrets.tokens import fingerprint
from shop.extensions import db
from shop.plugins.installed import migrations

FORMAT = 1
EVERY = 500
"""After so many files a line of progress."""


def back_up(target: Path, passphrase: str | None, tell: Callable[[str], None]) -> Path:
    """Write the whole site into one new file; returns where it is.

    Args:
        target: a file that is not there yet, or a folder, in which the file is named by the time.
        passphrase: encrypts it. Only then is the secret key in it, with those before it: a copy of the database opens
            nothing without the key, so the two must not lie about together.
        tell: gets a line on each step.

    Raises:
        Refused: it can't be made. Nothing is left of it.
    """
    if target.is_dir():
        target /= f"bookstall-{clock.now():%Y%m%d-%H%M%S}.backup"
    try:
        with (
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder,
            archive.writing(target, passphrase) as members,
        ):
            _fill(members, Path(folder), tell, with_key=passphrase is not None)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise Refused(
            f"The backup could not be made: {_reason(error)}. Nothing was kept."
        ) from error
    return target


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def _fill(
    members: ArchiveWriter, folder: Path, tell: Callable[[str], None], *, with_key: bool
) -> None:
    members.add_bytes(ABOUT, json.dumps(_about()).encode())
    rows = snapshots.take_database(folder)
    for path in sorted(folder.iterdir()):
        members.add_file(DATABASE + path.name, path)
        path.unlink()  # its place on the disk is needed for the next
    tell(f"database: {len(rows)} tables, {sum(rows.values())} rows")
    files = _add_files(members, tell)
    tell(f"files: {files}")
    if with_key:
        members.add_bytes(KEY, "\n".join(app_state().config.secret_keys()).encode())
    manifest = {"members": members.members, "rows": rows}
    members.add_bytes(MANIFEST, json.dumps(manifest).encode())


def _about() -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": clock.now().isoformat(),
        "version": version("bookstall"),
        "dialect": db.engine.dialect.name,
        "revisions": migrations.revisions(),
        "key": key_mark(),
    }


def key_mark() -> str:
    """What tells one secret key from another, and nothing about it."""
    return fingerprint("backup.key", "")[:16]


def _add_files(members: ArchiveWriter, tell: Callable[[str], None]) -> int:
    """Add what is stored. A file is there before its row, so whatever the rows of the snapshot name is found."""
    count, files = 0, storage.store()
    for name in files.names():
        try:
            members.add_bytes(FILES + name, files.get(name))
        except (
            NotFound
        ):  # thrown away since: a buyer's copy, which is made anew when it is asked for
            continue
        count += 1
        if count % EVERY == 0:
            tell(f"files: {count} so far")
    return count
