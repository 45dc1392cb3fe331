"""Put a backup back into an empty place, and look whether it is the same site."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from shop.app import create_app
from shop.backups import archive, snapshots
from shop.backups.archive import ABOUT, DATABASE, FILES, KEY
from shop.backups.backing_up import FORMAT, key_mark
from shop.config import SECRET_KEY, Config, keep_private
from shop.core.app_state import state_of
from shop.core.errors import Refused
from shop.core.files import storage
from shop.extensions import db
from shop.plugins.guard import checking
from shop.plugins.installed import migrations

DATA_SECONDS = 600.0
"""How long one look at what is stored may take."""


def restore(
    source: Path, boot: Config, ask: Callable[[], str], tell: Callable[[str], None]
) -> None:
    """Bring a site back.

    Args:
        source: what `shop backup` wrote.
        boot: names the data folder and the database. Nothing may be in them but a secret key, whose place that of the
            backup takes.
        ask: gives the passphrase, if one is needed.
        tell: gets a line on each step.

    Raises:
        Refused: it can't be restored. Then the place is as empty as before.
    """
    with _site(boot) as site:
        _require_empty()
    with tempfile.TemporaryDirectory(dir=boot.data_dir, prefix=".restore-") as name:
        folder = Path(name)
        try:
            manifest = archive.unpack(
                source, folder, ask, lambda about: _require_fitting(site, about)
            )
            tell(f"unpacked, {len(manifest['members'])} parts, all as they were written")
            _put(folder, boot, manifest, tell)
        except (OSError, SQLAlchemyError) as error:
            raise Refused(f"The backup could not be restored: {error}") from error


@contextmanager
def _site(boot: Config) -> Iterator[Flask]:
    """The site of that place as the present application; none of its connections outlives this."""
    site = create_app(boot)
    with site.app_context():
        try:
            yield site
        finally:
            db.session.remove()
            db.engine.dispose()


def _require_empty() -> None:
    if not snapshots.is_empty():
        raise Refused("There is a database already. A backup is restored only into an empty one.")
    if next(storage.store().names(), None) is not None:
        raise Refused("There are files already. A backup is restored only into an empty place.")


def _require_fitting(site: Flask, about: dict[str, Any]) -> None:
    with site.app_context():
        if about["format"] != FORMAT:
            raise Refused("The backup was made by a newer version, which is needed to restore it.")
        if (about["dialect"], db.engine.dialect.name) == ("postgresql", "sqlite"):
            raise Refused(
                "The backup is of PostgreSQL, and SHOP_DATABASE_URL names none. A site goes from SQLite to PostgreSQL "
                "by a backup, and back only by `shop export` and `shop import bookstall`."
            )
        if not migrations.knows(about["revisions"].get(migrations.OURS, "")):
            raise Refused(
                "The backup has newer tables than this version knows. Restore it with the newest version that the "
                "site has run."
            )


def _put(folder: Path, boot: Config, manifest: dict[str, Any], tell: Callable[[str], None]) -> None:
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    key_before = _put_key(folder, boot)
    with _site(boot) as site:
        try:
            snapshots.put_database(folder / DATABASE, about["revisions"])
            tell(f"database: {sum(manifest['rows'].values())} rows")
            _put_files(folder / FILES)
            _verify(manifest, tell)
            if about["key"] != key_mark():
                tell(
                    "The secret key is not that of the backup. Set SHOP_SECRET_KEY to the key of then, or put its file "
                    "into the data folder: without it no mailed link works and no email can be read."
                )
            if not migrations.is_current():
                tell("The tables are of an older version. Run: shop db upgrade")
            state_of(site).purge_board.purge_everything()
        except BaseException:
            db.session.remove()
            snapshots.empty_database()
            for name in list(storage.store().names()):
                storage.store().drop(name)
            _put_key_back(boot, key_before)
            raise


def _put_files(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            storage.store().put(path.relative_to(folder).as_posix(), path.read_bytes())


def _put_key(folder: Path, boot: Config) -> bytes | None:
    """Let the key of the backup be the site's; returns what stood there."""
    path = boot.data_dir / SECRET_KEY
    before = path.read_bytes() if path.exists() else None
    if (folder / KEY).exists() and not boot.secret_key:
        keep_private(folder / KEY)
        (folder / KEY).replace(path)
    return before


def _put_key_back(boot: Config, key: bytes | None) -> None:
    if key is not None:
        (boot.data_dir / SECRET_KEY).write_bytes(key)


def _verify(manifest: dict[str, Any], tell: Callable[[str], None]) -> None:
    """Count every row, and let each feature look whether what it knows of still adds up.

    What the search keeps beside its rows is not counted: it is made anew where a site goes to another database.

    Raises:
        Refused: something does not.
    """
    rows = snapshots.count_rows()
    apart = [
        name
        for name in {*rows, *manifest["rows"]}
        if rows.get(name) != manifest["rows"].get(name) and not name.startswith("search_index_")
    ]
    if apart:
        raise Refused(f"Other numbers of rows than in the backup: {', '.join(sorted(apart))}.")
    tell("every table has as many rows as then")
    for answer in checking.ask_all(of_data_only=True, seconds=DATA_SECONDS):
        if answer.error is not None:
            raise Refused(f"{answer.check.name}: {answer.error}") from answer.error
        tell(f"{answer.check.name}: {answer.words}")
