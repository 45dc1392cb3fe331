"""Comments go out as files and come back the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from shop import cli
from shop.blueprints.articles import services as articles
from shop.blueprints.articles.authors.services import write_author
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import tallies
from shop.blueprints.comments.authors import services as own_comments
from shop.blueprints.comments.models import Comment, State
from shop.core import clock
from shop.core.unit_of_work import board, unit_of_work
from shop.extensions import db
from tests.conftest import empty_database
from tests.factories.comments import make_article, make_comment, post
from tests.importers.conftest import Import

BODIES = (
    "Plain words.",
    "With *emphasis*, **weight**, `code` and a [link](https://example.org/a?b=1&c=2).",
    "> quoted\n\nTwo lines,\nbroken.\n\n- one\n- two",
    "]]> <b>no tag</b> & 1 < 2, 5 * 3 * 2, snake_case_name",
    "رُوث 🌿 שלום",
    "```\ncode\n  indented\n```",
)


@pytest.fixture
def export(app, tmp_path):
    def run(kind: str) -> Path:
        file = tmp_path / f"comments.{kind}"
        result = CliRunner().invoke(
            cli.commands(app),
            ["comments", "export", "--format", kind, "--output", str(file)],
            obj=app,
            catch_exceptions=False,
        )
        assert result.exit_code == 0
        return file

    return run


@pytest.fixture
def site(client):
    """Two articles, threads of every state, a native comment and one that came in from elsewhere."""
    article, other = make_article(slug="one"), make_article(slug="two")
    tops = [make_comment(article, body=body, author_name="R. & <co>") for body in BODIES]
    for state in State:
        parent = tops[len(state) % 3]
        make_comment(article, state, parent=parent, body=f"An answer, {state}.", is_staff=True)
    place = make_comment(other, body="To be taken back.", email="gone@example.org")
    make_comment(other, parent=place, body="Below an empty place.", helpful=4)
    post(client, other, body="Written here.")
    with unit_of_work():
        own_comments.erase("gone@example.org")
        tops[1].edited_at = clock.now()
        tops[2].original_body = "What its author wrote."
    return [article, other]


def picture(*left_out: str) -> list[tuple[object, ...]]:
    """Everything about the comments but their numbers."""
    names = [
        "author_name", "email", "body_html", "state", "posted_at", "thread_rank", "reply_rank", "is_staff",
        "body", "edited_at", "helpful", "original_body",
    ]  # fmt: skip
    rows = db.session.execute(
        select(Comment, Article.slug).join(Article).order_by(Article.slug, Comment.posted_at)
    ).all()
    places = {comment.id: place for place, (comment, _slug) in enumerate(rows)}
    return [
        (
            slug,
            places.get(comment.parent_id),
            *(getattr(comment, name) for name in names if name not in left_out),
        )
        for comment, slug in rows
    ]


def empty() -> None:
    with unit_of_work():
        db.session.execute(delete(Comment))
        tallies.recount()
    db.session.expunge_all()


def test_json_comes_back_without_loss(site, export, bring_in: Import):
    before, file = picture(), export("json")
    number = len(before)
    first = file.read_text()
    assert json.loads(first)["format"] == "bookstall-comments"
    empty()
    result = bring_in("comments", file)
    assert result.output.splitlines()[-1] == (
        f"read {number}, imported {number}, unchanged 0, refused 0"
    )
    assert picture() == before
    assert sorted(export("json").read_text().splitlines()) == sorted(first.splitlines())
    again = bring_in("comments", file)
    assert again.output.splitlines()[-1] == (
        f"read {number}, imported 0, unchanged {number}, refused 0"
    )


def test_a_site_takes_its_own_export_for_what_it_has(site, export, bring_in: Import):
    before = picture()
    result = bring_in("comments", export("json"))
    assert f"imported 0, unchanged {len(before)}" in result.output
    assert picture() == before


def test_wxr_comes_back_as_articles_with_their_threads(site, export, bring_in: Import):
    with unit_of_work():
        for comment in db.session.scalars(select(Comment)):
            comment.posted_at = comment.posted_at.replace(microsecond=0) + timedelta(
                minutes=comment.id
            )
    left_out = ("body", "edited_at", "helpful", "original_body", "thread_rank", "reply_rank")
    before, file = picture(*left_out), export("wxr")
    with unit_of_work():
        db.session.execute(delete(Comment))
        db.session.execute(delete(Article))
        tallies.recount()
    db.session.expunge_all()
    result = bring_in("wordpress", file)
    assert result.exit_code == 0, result.output
    assert [line for line in result.output.splitlines() if line.startswith("refused")] == []
    after = picture(*left_out)
    # An erased place comes back as one of a comment in the bin: either way readers see that there was one.
    gone = [row for row in before if row[5] == "erased"]
    assert len(gone) == 2
    assert [row for row in after if row not in before] == [
        (slug, parent, "Anonymous", "", "<p>(deleted)</p>\n", "rejected", posted_at, is_staff)
        for slug, parent, _name, _email, _html, _state, posted_at, is_staff in gone
    ]
    assert len(after) == len(before)


def test_wxr_comes_back_as_the_same_texts(app, client, export, bring_in: Import):
    day = datetime(2021, 5, 17, 10, 30, 5, tzinfo=UTC)
    with unit_of_work():
        writer = write_author(name="Ines & Marlow")
        key = articles.write_article(
            title="Keys & <doors>", excerpt="1 < 2 & 3", author=writer, tags=["Trust", "Q & A"],
            body="Before.\n\n## 1. Ask first\n\nThen *listen*.\n\n## 2. Wait\n\n> Words.[^1]\n\n"
            "```python\na = 1\n\n  b\n```\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n[^1]: A note.",
            state="published", published_at=day, comments_open=False,
        )  # fmt: skip
        articles.write_article(title="Not yet", body="A draft.")
        articles.write_article(
            title="Ask", slug="ask", body="On that day.", state="published", published_at=day.replace(year=2999)
        )  # fmt: skip
        articles.write_article(
            title="Schlüssel", body="Worte.", language="de", translation_of=key.slug, state="published",
            published_at=day,
        )  # fmt: skip
        articles.write_article(
            kind="page", title="About", body="Us.", state="published", published_at=day
        )
    before, file = texts(), export("wxr")
    page = client.get(f"/articles/{key.slug}").text
    empty_database()
    board().purge_everything()
    db.session.expunge_all()
    assert bring_in("wordpress", file).output.endswith(
        "read 5, imported 5, unchanged 0, refused 0\n"
    )
    assert texts() == before
    assert NUMBERS.findall(client.get("/articles/keys-doors").text) == NUMBERS.findall(page) != []


NUMBERS = re.compile(r'<h2[^>]*data-number="?(\d+)')


def texts() -> list[tuple[object, ...]]:
    """Everything about the texts but their numbers."""
    db.session.rollback()
    found = db.session.scalars(select(Article).order_by(Article.title)).all()
    return [
        (each.title, each.slug, each.kind, each.state, each.published_at if each.is_published else None, each.excerpt,
         each.comments_open, each.author and each.author.name, sorted(tag.name for tag in each.tags), each.body,
         each.language, {one.id: one.slug for one in found}.get(each.translation_of_id))
        for each in found
    ]  # fmt: skip


HEAD = '{"format": "bookstall-comments", "version": 1, "comments": ['
GOOD = {
    "key": "a:1",
    "parent": None,
    "article": "one",
    "title": "",
    "name": "Ruth",
    "email": "ruth@example.org",
    "body": "Words.",
    "state": "approved",
    "posted_at": "2024-03-01T10:00:00+00:00",
}


def written(path: Path, *rows: object) -> Path:
    path.write_text(f"{HEAD}\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]}\n")
    return path


def test_odd_rows_are_refused_alone(app, bring_in: Import, tmp_path):
    make_article(slug="one")
    odd = (
        {"state": "published"},
        {"posted_at": "yesterday"},
        {"posted_at": "0001-01-01T00:00:00+23:59"},
        {"key": ""},
        {"key": "x" * 201},
        {"body": 7},
        {"body": "", "key": "a:3"},
        {"article": "nowhere"},
        {"article": "one", "parent": {"a": 1}, "key": "a:2", "helpful": "many"},
    )
    file = written(tmp_path / "a.json", GOOD, [], None, *({**GOOD, **each} for each in odd))
    result = bring_in("comments", file)
    assert result.output.splitlines()[-1] == "read 12, imported 2, unchanged 0, refused 10"


def test_import_bombs_comments(app, bring_in: Import, tmp_path):
    make_article(slug="one")
    file = tmp_path / "a.json"
    whole = written(file, GOOD).read_text()
    for bad in (
        "[]",
        '{"format": "other"}',
        whole.replace('"version": 1', '"version": 2'),
        whole[:-4],
        whole.replace('"Words."', "[" * 100_000),
        whole.replace("Words.", "x" * 250_000),
        json.dumps(json.loads(whole), indent=2),
    ):
        file.write_text(bad)
        result = bring_in("comments", file)
        assert result.exit_code == 1, bad[:80]
        assert "Nothing was imported." in result.output
    assert db.session.scalars(select(Comment)).all() == []
