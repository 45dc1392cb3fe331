"""The demonstration, planted once on each database: from then on its rows are copied back, in a tenth of the time.

Its guides are printed once for all workers of a run, and so is the site made that browsers see. Its people have the
password of all tests.
"""

from __future__ import annotations

import plistlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from shop.core.app_state import app_state
from shop.core.jobs import running
from shop.demo import planting, stall
from shop.extensions import Base, db
from tests import data_folders, servers
from tests.conftest import FREE_OF_ORDER, filled
from tests.factories.accounts import PASSWORD

COPY = "plugin_planted_"
"""How the names of the copies begin. As a plugin's tables they are none of our migrations' business."""


@dataclass(frozen=True)
class _Planted:
    said: list[str]
    tables: list[str]
    files: Path


_print_papers = stall.print_papers
_planted: dict[str, _Planted] = {}


def settled(folder: Path) -> None:
    """Fill a folder: the data of a planted site on SQLite that has no job left to do."""
    made = servers.shared_folder() / "settled"
    with data_folders.once("settled") as is_first:
        if is_first:
            data_folders.made("sqlite", made)
            mails = f"file://{made / 'mail'}"
            with data_folders.opened(made, smtp_url=mails), _printing_once():
                assert planting.plant(PASSWORD, lambda _line: None)
                while running.run_due():
                    pass
    shutil.copytree(made, folder, symlinks=True, dirs_exist_ok=True)


def plant() -> list[str]:
    """Fill the empty site of a test; what planting it said."""
    backend = db.engine.dialect.name
    if backend in _planted:
        _put_back(_planted[backend])
    else:
        _planted[backend] = _plant()
    return [*_planted[backend].said]


@contextmanager
def _printing_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stall, "print_papers", _printed)
        yield


@cache
def _printed() -> dict[str, bytes]:
    kept = servers.shared_folder() / "printed"
    with data_folders.once("printed") as is_first:
        if is_first:
            kept.write_bytes(plistlib.dumps(_print_papers()))
    printed: dict[str, bytes] = plistlib.loads(kept.read_bytes())
    return printed


def _plant() -> _Planted:
    said: list[str] = []
    with _printing_once():
        assert planting.plant(PASSWORD, said.append)
    db.session.rollback()
    with db.engine.connect() as connection:
        tables = filled(connection)
        for name in tables:
            connection.exec_driver_sql(
                f"CREATE TABLE {COPY}{name} AS SELECT * FROM {name}"  # noqa: S608 - our own names
            )
        connection.commit()
    files = Path(tempfile.mkdtemp(dir=servers.shared_folder()))
    shutil.copytree(app_state().config.files_dir, files, dirs_exist_ok=True)
    return _Planted(said, tables, files)


def forget() -> None:
    """Drop the copies: for a test that takes the whole database elsewhere."""
    if planted := _planted.pop(db.engine.dialect.name, None):
        with db.engine.begin() as connection:
            for name in planted.tables:
                connection.exec_driver_sql(f"DROP TABLE {COPY}{name}")


def _put_back(planted: _Planted) -> None:
    with db.engine.connect() as connection:
        for statement in FREE_OF_ORDER[connection.dialect.name]:
            connection.exec_driver_sql(statement)
        for name in planted.tables:
            connection.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM {COPY}{name}")  # noqa: S608
            if connection.dialect.name == "postgresql":
                _number_on(connection, name)
        connection.commit()
    shutil.copytree(planted.files, app_state().config.files_dir, dirs_exist_ok=True)


def _number_on(connection: Connection, name: str) -> None:
    if Base.metadata.tables[name].autoincrement_column is not None:
        last = f"(SELECT max(id) FROM {name})"  # noqa: S608
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})"))
