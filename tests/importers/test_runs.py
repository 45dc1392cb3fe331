"""Imports in the admin: nothing comes in before somebody says so, and all of it can be taken back."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from shop.blueprints.articles import services as articles
from shop.blueprints.articles.models import Article, Author, Tag
from shop.blueprints.comments import tallies
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.importers.runs import working
from shop.blueprints.importers.runs.models import ImportArrival, ImportRun
from shop.blueprints.redirects.models import Redirect
from shop.core import settings
from shop.core.errors import NotFound
from shop.core.files import storage
from shop.core.pictures.models import Picture
from shop.core.site import SiteSettings, site
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import make_article
from tests.factories.imports import wp_comment, wp_item, wxr
from tests.importers.conftest import Import


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
        wp_item(1, "One", content="<p>one</p>", more=comment, terms=[("category", "News")]),
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
    links = dict(
        re.findall(r'<a(?: class="pill")? href="(/admin/[^"]+)">([^<]+)</a>', owner.get(page).text)
    )
    assert (
        links.items()
        >= {
            "/admin/articles/": "Articles: 2",
            "/admin/comments/?state=approved": "Comments: 1",
            "/admin/redirects/": f"Redirects: {count(Redirect)[0]}",
        }.items()
    )
    assert {"One", "Two"} <= set(links.values())
    assert all(owner.get(link).status_code == 200 for link in links)

    with unit_of_work():
        two = db.session.scalars(select(Article).where(Article.title == "Two")).one()
        articles.save_article(two, body="Two, mended.")
        two.updated_at = datetime.now(UTC) + timedelta(minutes=5)
    owner.post(f"{page}/undoing")
    run_jobs()
    assert "What this import brought was taken back." in owner.get(page).text
    left = db.session.scalars(select(Article.title).order_by(Article.id)).all()
    assert left == ["Ours", "Two"]
    assert count(Comment, Redirect, Tag, ImportArrival) == [0, 0, 0, 0]
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


def test_nobody_has_chosen_a_system_before_and_the_list_names_it(
    owner: FlaskClient, tmp_path: Path
) -> None:
    sent = {"importer": "", "file": (io.BytesIO(b"x"), "x.xml")}
    asked = owner.post("/admin/imports/", data=sent, content_type="multipart/form-data")
    assert "Say what the file is." in asked.text
    assert not count(ImportRun)[0]
    upload(owner, "wordpress", wxr(tmp_path / "site.xml", wp_item(1, "One")))
    assert '<span class="soft">WordPress: posts, pages and comments (WXR)' in (
        owner.get("/admin/imports/").text
    )


def test_a_kind_of_file_is_found_by_the_first_letters_of_its_system(owner: FlaskClient) -> None:
    page = owner.get("/admin/imports/").text
    for name in ("wordpress", "ghost", "shopify", "disqus"):
        assert f'<option value="{name}">{name}: ' in page.lower()
    refused = owner.post("/admin/imports/", data={})
    assert "<details>" in refused.text  # what is wrong lies outside
    refused = owner.post("/admin/imports/", data={"title": "x" * 300})
    assert "<details open>" in refused.text


def test_only_owners_import(app: Flask, client: FlaskClient) -> None:
    assert sign_in(client, make_account(role="editor")).get("/admin/imports/").status_code == 403
    assert not count(ImportRun)[0]


def test_images_come_from_a_second_file_and_go_with_menus_when_all_is_taken_back(
    owner: FlaskClient, run_jobs: Callable[[], int], tmp_path: Path
) -> None:
    drawn, packed = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(drawn, "PNG")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("uploads/2020/cup.png", drawn.getvalue())
        archive.writestr("uploads/2020/pot.png", drawn.getvalue() + b"pot")
    says = "".join(
        f"<wp:postmeta><wp:meta_key>_menu_item_{name}</wp:meta_key><wp:meta_value>{value}</wp:meta_value></wp:postmeta>"
        for name, value in {"type": "post_type", "object_id": 1}.items()
    )
    file = wxr(
        tmp_path / "site.xml",
        wp_item(1, "One", kind="page", content="".join(
            f'<p><img src="https://old.example/uploads/2020/{name}.png"></p>' for name in ("cup", "pot"))),
        wp_item(2, "", kind="nav_menu_item", more=f'{says}<category domain="nav_menu" nicename="main">main</category>'),
        wp_item(3, "", kind="nav_menu_item", more=f'{says}<category domain="nav_menu" nicename="foot">foot</category>'),
    )  # fmt: skip
    sent = {
        "importer": "wordpress", "file": (io.BytesIO(file.read_bytes()), "images.zip.xml"),
        "pictures": (io.BytesIO(packed.getvalue()), "images.zip"),
    }  # fmt: skip
    page = owner.post("/admin/imports/", data=sent, content_type="multipart/form-data").location
    run_jobs()
    assert count(Picture) == [0]
    owner.post(f"{page}/start")
    run_jobs()
    cup, pot = db.session.scalars(select(Picture.id).order_by(Picture.id)).all()
    assert db.session.scalars(select(Article.body)).one() == f"::picture[{cup}]\n\n::picture[{pot}]"
    assert site().top_menu == site().bottom_menu == ("One /pages/one",)
    make_article(body=f"::picture[{pot}]")
    with unit_of_work():
        settings.change(SiteSettings, {"bottom_menu": ("Ours /",)})
    owner.post(f"{page}/undoing")
    run_jobs()
    assert count(Article) == [1]
    taken = db.session.scalars(select(Picture.id).where(Picture.removed_at.is_not(None))).all()
    assert taken == [cup], "what somebody shows here stays"
    assert (site().top_menu, site().bottom_menu) == ((), ("Ours /",))


def test_neither_a_check_nor_a_dry_run_stores_files(
    owner: FlaskClient, bring_in: Import, run_jobs: Callable[[], int], tmp_path: Path
) -> None:
    drawn, file = io.BytesIO(), tmp_path / "site.zip"
    Image.new("RGB", (20, 10), "red").save(drawn, "PNG")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content/cup.md", "# A cup\n\n![A cup](cup.png)")
        archive.writestr("content/cup.png", drawn.getvalue())
    page = upload(owner, "folder", file)
    stored = list(storage.store().names())
    run_jobs()
    assert "New: 1. Already here: 0. Refused: 0." in owner.get(page).text
    assert list(storage.store().names()) == stored
    assert "imported 1," in bring_in("folder", file, "--dry-run").output
    assert list(storage.store().names()) == stored
    assert count(Article, Picture) == [0, 0]


def test_what_is_tried_finds_its_files_and_leaves_the_store_alone(app: Flask) -> None:
    ours = storage.keep(b"ours")
    with storage.nothing_kept():
        tried = storage.keep(b"tried")
        storage.forget(ours)
        assert {storage.name_of(ours), storage.name_of(tried)} <= set(storage.store().names())
        assert [storage.content_of(key) for key in (ours, tried)] == [b"ours", b"tried"]
    assert storage.content_of(ours) == b"ours"
    with pytest.raises(NotFound):
        storage.content_of(tried)


def test_a_check_whose_time_is_over_before_its_first_row_is_no_failure(
    owner: FlaskClient, run_jobs: Callable[[], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise OperationalError("SELECT", {}, Exception("interrupted"))

    with monkeypatch.context() as patched:
        patched.setattr(working, "run_importer", fail)
        patched.setattr(working, "CHECK_SECONDS", {"sqlite": -0.001, "postgresql": -0.001})
        page = upload(owner, "wordpress", wxr(tmp_path / "site.xml", wp_item(1, "One")))
        run_jobs()
    assert "Only the beginning of the file was checked" in owner.get(page).text
    owner.post(f"{page}/start")
    run_jobs()
    assert "Imported: 1." in owner.get(page).text
