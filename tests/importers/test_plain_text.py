"""A plain text becomes an article, and its numbered headings keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.importers.plain_text import text_to_markdown
from shop.extensions import db
from tests.importers.conftest import Import

TEXT = """
It begins below the floor.

1. Own what you did

Say it in the past tense,
with yourself as the subject.

2) Listen to the end
Most of us can listen for forty seconds.

The door closes.
"""


def write(tmp_path: Path, content: str = TEXT) -> Path:
    file = tmp_path / "article.txt"
    file.write_text(content, encoding="utf-8")
    return file


def test_numbered_headings_standing_alone_become_keys() -> None:
    assert text_to_markdown(TEXT) == (
        "It begins below the floor.\n\n## 1. Own what you did\n\nSay it in the past tense,\n"
        "with yourself as the subject.\n\n## 2. Listen to the end\n\n"
        "Most of us can listen for forty seconds.\n\nThe door closes."
    )


@pytest.mark.parametrize(
    "block",
    [
        "1. Milk\n2. Bread",
        "1. This is a sentence, which ends as sentences do.",
        "1984 was a year.",
        "3.5 litres of paint",
        "1. A line that is wrapped because it is so\nlong",
        f"1. {'word ' * 30}",
    ],
)
def test_lists_and_sentences_are_no_headings(block: str) -> None:
    assert "##" not in text_to_markdown(block)


def test_indents_and_rows_of_dashes_mean_what_they_mean_on_paper() -> None:
    assert (
        text_to_markdown("    First.\nOver\n-----\n    Second.") == "First.\nOver\n\n---\n\nSecond."
    )


def test_it_is_published_at_once_and_the_address_is_told(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    result = bring_in("text", write(tmp_path), "--title", "Two keys", "--author", "Ruth Miller")
    assert "http://localhost/articles/two-keys" in result.output
    assert result.output.splitlines()[-1] == "read 1, imported 1, unchanged 0, refused 0"
    page = client.get("/articles/two-keys").text
    assert "Own what you did" in page
    assert "Ruth Miller" in page


def test_a_draft_is_kept_from_readers(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    bring_in("text", write(tmp_path), "--title", "Two keys", "--draft")
    assert client.get("/articles/two-keys").status_code == 404


def test_a_second_run_changes_nothing_and_says_when_the_text_is_another(
    bring_in: Import, tmp_path: Path
) -> None:
    bring_in("text", write(tmp_path), "--title", "Two keys")
    again = bring_in("text", write(tmp_path), "--title", "Two keys")
    assert again.output == "read 1, imported 0, unchanged 1, refused 0\n"
    other = bring_in("text", write(tmp_path, "Other words."), "--title", "Two keys")
    assert "was imported before with a different text" in other.output
    assert "It begins" in db.session.scalars(select(Article)).one().body


def test_a_dry_run_writes_nothing(bring_in: Import, tmp_path: Path) -> None:
    bring_in("text", write(tmp_path), "--title", "Two keys", "--dry-run")
    assert db.session.scalars(select(Article)).all() == []


@pytest.mark.parametrize(
    ("content", "title", "reason"),
    [
        (b"", "A", "is empty"),
        (b" \n\t\n", "A", "contains no text"),
        (b"\x89PNG\r\n\x1a\n\x00", "A", "Line 1"),
        (b"one\ntw\x00o", "A", "Line 2 of article.txt contains the control character"),
        (b"word " * 60_000, "A", "200,000 characters"),
        (b"Words.", " ", "1 to 200 characters"),
        (b"Words.", "x" * 201, "1 to 200 characters"),
    ],
)
def test_what_can_be_no_article_is_refused_in_one_line(
    bring_in: Import, tmp_path: Path, content: bytes, title: str, reason: str
) -> None:
    file = tmp_path / "article.txt"
    file.write_bytes(content)
    result = bring_in("text", file, "--title", title)
    assert result.exit_code == 1
    assert reason in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("title", ["بيت", "🏠", "<script>alert(1)</script>"])
def test_titles_in_any_script_find_an_address(
    bring_in: Import, client: FlaskClient, tmp_path: Path, title: str
) -> None:
    bring_in("text", write(tmp_path), "--title", title)
    article = db.session.scalars(select(Article)).one()
    page = client.get(f"/articles/{article.slug}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
