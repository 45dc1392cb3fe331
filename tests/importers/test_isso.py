"""Isso's database comes in, and is not touched."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from shop.blueprints.comments.models import Comment
from shop.extensions import db
from tests.factories.comments import make_article
from tests.importers.conftest import Import

SCHEMA = """
CREATE TABLE preferences (key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE threads (id INTEGER PRIMARY KEY, uri VARCHAR(256) UNIQUE, title VARCHAR(256));
CREATE TABLE comments (tid REFERENCES threads(id), id INTEGER PRIMARY KEY, parent INTEGER, created FLOAT NOT NULL,
  modified FLOAT, mode INTEGER, remote_addr VARCHAR, text VARCHAR, author VARCHAR, email VARCHAR, website VARCHAR,
  likes INTEGER DEFAULT 0, dislikes INTEGER DEFAULT 0, voters BLOB NOT NULL, notification INTEGER DEFAULT 0);
INSERT INTO preferences VALUES ('session-key', 'secret');
INSERT INTO threads VALUES (1, '/blog/a-quiet-house.html', 'A quiet house'), (2, '/nowhere/', 'Nowhere');
"""


def isso(path: Path, *rows: tuple[object, ...], key: str = "secret") -> Path:
    """Rows are (thread, id, parent, mode, text, modified, likes)."""
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
        connection.execute("UPDATE preferences SET value = ?", (key,))
        for tid, number, parent, mode, text, modified, likes in rows:
            connection.execute(
                "INSERT INTO comments VALUES (?, ?, ?, ?, ?, ?, '203.0.113.0', ?, 'Ruth', "
                "'Ruth@example.org', '', ?, 0, x'00', 0)",
                (tid, number, parent, 1_381_474_289.5 + number, modified, mode, text, likes),
            )
    connection.close()
    return path


def comments() -> list[Comment]:
    return list(db.session.scalars(select(Comment).order_by(Comment.id)))


@pytest.fixture
def article(app):
    return make_article(slug="a-quiet-house")


ROWS = (
    (1, 1, None, 1, "Some *Markdown*.", 1_381_480_000.0, 3),
    (1, 2, 1, 2, "It waits.", None, 0),
    (1, 3, 2, 1, "Deeper.", None, 0),
    (1, 4, None, 4, "", None, 0),
    (1, 5, 4, 1, "Below a deleted one.", None, 0),
    (2, 6, None, 1, "Elsewhere.", None, 0),
    (1, 7, None, 1, b"\xff\xfe bytes", None, 0),
    (1, 8, None, 9, "Of no mode.", None, 0),
)


def test_comments_keep_state_thread_date_and_marks(bring_in: Import, article, tmp_path):
    file = isso(tmp_path / "comments.db", *ROWS)
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    result = bring_in("isso", file)
    assert result.output.splitlines() == [
        "note     threads: 1 comment replied to a reply; threads have one level here, so it is in the "
        "same thread",
        "refused  comment 6: no article has its URL or title (/nowhere/); use --map to choose the article",
        "refused  comment 8: unknown mode 9",
        "read 8, imported 6, unchanged 0, refused 2",
    ]
    found = comments()
    assert [each.state for each in found] == [
        "approved", "waiting", "approved", "erased", "approved", "approved"
    ]  # fmt: skip
    top = found[0]
    assert [each.parent_id for each in found[:5]] == [None, top.id, top.id, None, found[3].id]
    assert top.body_html == "<p>Some <em>Markdown</em>.</p>\n"
    assert (top.helpful, top.email, top.posted_at.timestamp()) == (
        3,
        "ruth@example.org",
        1_381_474_290.5,
    )
    assert top.edited_at.timestamp() == 1_381_480_000
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["comments.db"]


def test_a_second_run_changes_nothing_and_another_sites_numbers_do_not_meet(
    bring_in: Import, article, tmp_path
):
    bring_in("isso", isso(tmp_path / "one.db", *ROWS[:1]))
    again = bring_in("isso", tmp_path / "one.db")
    assert again.output.splitlines()[-1] == "read 1, imported 0, unchanged 1, refused 0"
    bring_in("isso", isso(tmp_path / "two.db", *ROWS[:1], key="another"))
    assert len(comments()) == 2


def test_import_bombs_isso(bring_in: Import, article, tmp_path):
    text = tmp_path / "text.db"
    text.write_text("SQLite, honestly")
    stranger = tmp_path / "stranger.db"
    with sqlite3.connect(stranger) as connection:
        connection.execute("CREATE TABLE threads (id, uri, title)")
        connection.execute(
            "CREATE VIEW comments AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) SELECT id, 1 AS "
            "tid, 0 AS parent, 1 AS created, 1 AS modified, 1 AS mode, '' AS text, '' AS author, '' AS email FROM c"
        )
    connection.close()
    broken = isso(tmp_path / "broken.db", *ROWS)
    broken.write_bytes(broken.read_bytes()[:6000])
    large = isso(tmp_path / "large.db", (1, 1, None, 1, "x" * 3_000_000, None, 0))
    for file, said in (
        (text, "is not a SQLite database"),
        (stranger, "is not an Isso database: it has no Isso table named comments"),
        (broken, "can’t be read"),
        (large, "can’t be read"),
    ):
        result = bring_in("isso", file)
        assert (result.exit_code, said in result.output) == (1, True), result.output
    assert comments() == []
