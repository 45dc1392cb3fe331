"""A process on SQLite keeps its locks: whoever comes and goes beside it sees that it is still there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from shop.config import DATABASE
from shop.extensions import db
from tests import data_folders

COMES_AND_GOES = (
    "import sqlite3, sys; site = sqlite3.connect(sys.argv[1]);"
    "site.execute('SELECT count(*) FROM account').fetchone(); site.close()"
)


@pytest.mark.parametrize("opens_it_beside", [False, True], ids=["rule", "control"])
def test_the_last_one_out_removes_the_log_and_we_are_still_in(tmp_path, opens_it_beside):
    """The control: we open and close the file beside SQLite, which takes our locks.

    https://sqlite.org/howtocorrupt.html, 2.2
    """
    data_folders.made("sqlite", tmp_path)
    file = tmp_path / DATABASE
    with (
        data_folders.opened(tmp_path),
        db.engine.connect() as first,
        db.engine.connect() as second,
    ):
        for connection in (first, second):
            connection.execute(text("SELECT count(*) FROM account"))
            connection.rollback()
        if opens_it_beside:
            file.open("rb").close()
        subprocess.run([sys.executable, "-c", COMES_AND_GOES, file], check=True)
        assert Path(f"{file}-wal").exists() is not opens_it_beside
