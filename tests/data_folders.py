"""Folders of data as a site has them after its first start: made once for all workers of a run, then copied."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from shop.app import create_app
from shop.config import DATABASE, Config
from shop.extensions import db, limiter
from shop.plugins.installed import migrations
from shop.templating import TEMPLATES
from tests import servers

MIGRATED = "migrated"


def made(backend: str, folder: Path) -> str:
    """Fill a folder: every table, empty; every stylesheet. Returns the address of the database.

    Nobody else uses it, but compiled templates are kept for all together.
    """
    shutil.copytree(_started_once(), folder, symlinks=True, dirs_exist_ok=True)
    if backend == "postgresql":
        _migrate_postgresql()
        return servers.postgres().new_database(like=MIGRATED)
    return f"sqlite:///{folder / DATABASE}"


@cache
def _started_once() -> Path:
    folder = servers.shared_folder() / "data"
    compiled = servers.shared_folder() / TEMPLATES
    with once("data") as is_first:
        if is_first:
            folder.mkdir()
            compiled.mkdir()
            (folder / TEMPLATES).symlink_to(compiled)
            _migrate(folder, "")
    return folder


@cache
def _migrate_postgresql() -> None:
    with once(MIGRATED) as is_first:
        if is_first:
            _migrate(_started_once(), servers.postgres().new_database(MIGRATED))


@contextmanager
def once(name: str) -> Iterator[bool]:
    """Whether we are the first of all workers to do this; the others wait until it is done."""
    done = servers.shared_folder() / f"{name}.done"
    with done.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _migrate(folder: Path, url: str) -> None:
    with opened(folder, database_url=url):
        migrations.upgrade_all()


@contextmanager
def opened(folder: Path, **config: str) -> Iterator[None]:
    """Within the application of the site in this folder, which is closed afterwards."""
    # Switched off, the limiter would not bind to a second application.
    was_on, limiter.enabled = limiter.enabled, True
    app = create_app(Config(data_dir=folder, secret_key="a key for tests only", **config))
    limiter.enabled = was_on
    with app.app_context():
        yield
        db.engine.dispose()
