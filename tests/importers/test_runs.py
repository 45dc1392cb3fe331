"""Imports in the admin: nothing comes in before somebody says so, and all of it can be taken back."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from shop.blueprints.articles import services as articles
from shop.blueprints.articles.models import Article, Author, Tag
from shop.blueprints.comments import tallies
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.importers.runs.models import ImportArrival, ImportRun
from shop.blueprints.redirects.models import Redirect
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import make_article
from tests.factories.imports import wp_comment, wp_item, wxr


@pytest.fixture
def owner(app: Flask, client: FlaskClient) -> FlaskClient:
    return sign_in(client, make_account(role="owner"))


def upload(client: FlaskClient, importer: str, path: Path, **fields: str) -> str:
    """The address of the new import's page."""
    sent = {"importer": importer, "file": (io.BytesIO(path.read_bytes()), path.name), **fields}
    answer = client.post("/admin/imports/", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def count(*models: type) -> list[int]:
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(each)) or 0 for each in models]


ALL = (Article, Comment, Author, Tag, Redirect)


def test_a_file_is_checked_then_brought_in_and_taken_back_but_for_what_changed_here(
    owner: FlaskClient, run_jobs: Callable[[], int], tmp_path: Path
) -> None:
    ours = make_article(title="Ours")
    comment = wp_comment(1, "A word", author="Ada")
    file = wxr(
        tmp_path / "site.xml",
        wp_item(1, "One", content="<p>one</p>", more=comment),
        wp_item(2, "Two", content="<p>two</p>"),
        wp_item(3, "A menu", kind="nav_menu_item"),
    )
    page = upload(owner, "wordpress", file)
    assert "Being checked" in owner.get(page).text
    run_jobs()
    assert "New: 3. Already here: 0. Refused: 1." in owner.get(page).text
    assert count(Article, Comment) == [1, 0]

    owner.post(f"{page}/start")
    run_jobs()
    assert "Imported: 3. Already here: 0. Refused: 1." in owner.get(page).text
    assert count(Article, Comment) == [3, 1]

    with unit_of_work():
        two = db.session.scalars(select(Article).where(Article.title == "Two")).one()
        articles.save_article(two, body="Two, mended.")
        two.updated_at = datetime.now(UTC) + timedelta(minutes=5)
    owner.post(f"{page}/undoing")
    run_jobs()
    assert "What this import brought was taken back." in owner.get(page).text
    left = db.session.scalars(select(Article.title).order_by(Article.id)).all()
    assert left == ["Ours", "Two"]
    assert count(Comment, Redirect, ImportArrival) == [0, 0, 0]
    assert tallies.by_state().get(State.APPROVED, 0) == 0
    assert owner.get(f"/articles/{ours.slug}").status_code == 200
    assert owner.post(f"{page}/undoing").status_code == 303  # and nothing happens


def test_refused_threads_are_mended_by_a_map(
    owner: FlaskClient, run_jobs: Callable[[], int], tmp_path: Path
) -> None:
    make_article(slug="seven")
    comment = {
        "commentHex": "1",
        "url": "/lost",
        "markdown": "One",
        "creationDate": "2021-03-12T11:21:56Z",
    }
    file = tmp_path / "commento.json"
    file.write_text(json.dumps({"comments": [comment], "commenters": []}), encoding="utf-8")
    page = upload(owner, "commento", file)
    run_jobs()
    assert "use --map" in owner.get(page).text
    assert owner.get(f"{page}/map.csv").text == "/lost,\r\n"
    owner.post(
        f"{page}/map",
        data={"file": (io.BytesIO(b"/lost,seven\r\n"), "map.csv")},
        content_type="multipart/form-data",
    )
    run_jobs()
    assert "New: 1. Already here: 0. Refused: 0." in owner.get(page).text
    assert count(Comment) == [0]


def test_only_owners_import(app: Flask, client: FlaskClient) -> None:
    assert sign_in(client, make_account(role="editor")).get("/admin/imports/").status_code == 403
    assert not count(ImportRun)[0]
