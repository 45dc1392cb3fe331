"""Old addresses lead to where things are now, and nothing else pays for it."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from shop.blueprints.redirects import addresses, queries, services, tally
from shop.blueprints.redirects.models import MissedAddress, Redirect
from shop.blueprints.redirects.tally import VisitTally
from shop.core.app_state import app_state
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import counted_queries, make_article

PERSON = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}


@pytest.fixture
def _counted_at_once(app, monkeypatch):
    monkeypatch.setattr(tally, "EVERY", tally.EVERY * 0)
    app_state().add(VisitTally())


def lead(source, target):
    with unit_of_work():
        services.lead_on(source, target)


def stored():
    db.session.rollback()
    return {row.source: row.target for row in queries.every_redirect()}


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("https://old.example/2011/05/17/slug/", "/2011/05/17/slug"),
        ("2011//05/slug", "/2011/05/slug"),
        ("https://old.example/?p=12", "/?p=12"),
        ("/index.php?page_id=12&x=1", "/?p=12"),
        ("/caf%C3%A9/", "/café"),
        ("https://old.example/", "/"),
        ("/?p=x", ""),
        ("/a%0Ab", ""),
        ("/" + "x" * 600, ""),
        ("http://[broken", ""),
    ],
)
def test_an_address_has_one_stored_form(written, plain):
    assert (addresses.plain_address(written) or "") == ("" if plain == "/" else plain)


@pytest.mark.usefixtures("_counted_at_once")
def test_old_addresses_answer_301_and_count_their_visits(client):
    article = make_article(title="Now here")
    target = f"/articles/{article.slug}"
    for source in ("/2011/05/17/slug/", "/?p=12", "/products/mug", "/articles/never-was"):
        lead(source, target)
    for asked in (
        "/2011/05/17/slug/", "/2011/05/17/slug", "/2011/05/17/slug/feed/", "/2011/05/17/slug/amp/",
        "/2011/05/17/slug/comment-page-2/", "/?p=12", "/?page_id=12&utm=x", "/products/mug",
        "/collections/all/products/mug", "/articles/never-was",
    ):  # fmt: skip
        answer = client.get(asked)
        assert (answer.status_code, answer.location) == (301, target), asked
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert client.post("/products/mug").status_code == 404
    assert client.get("/?p=13").status_code == 200
    db.session.rollback()
    assert queries.redirect_from("/2011/05/17/slug").hits == 5


def test_pages_that_are_there_ask_nothing_about_redirects(client):
    article = make_article()
    for path in ("/", f"/articles/{article.slug}", "/articles/", "/shop/", "/healthz"):
        with counted_queries() as asked:
            assert client.get(path).status_code == 200
        assert not any("redirect" in statement for statement in asked)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/a\nb",
    ],
)
def test_open_redirect_of_an_old_address(app, target):
    with pytest.raises(Refused):
        lead("/old", target)
    assert stored() == {}


def test_control_open_redirect_of_an_old_address(app, monkeypatch):
    monkeypatch.setattr(addresses, "local_page", lambda target: target)
    lead("/old", "https://evil.example/")
    assert stored() == {"/old": "https://evil.example/"}


def test_redirects_never_lead_in_a_circle_and_always_straight_to_the_end(app):
    lead("/a", "/b")
    lead("/b", "/c")
    lead("/z", "/a/")
    assert stored() == {"/a": "/c", "/b": "/c", "/z": "/c"}
    for source, target in (
        ("/c", "/a"),
        ("/c", "/z"),
        ("/c", "/c/"),
        ("/?p=0x", "/c"),
        ("/", "/c"),
    ):
        with pytest.raises(Refused):
            lead(source, target)
    lead("/a", "/d")
    assert stored()["/a"] == "/d"


def test_an_import_never_takes_over_what_leads_somewhere_already(app):
    lead("/old", "/mine")
    with unit_of_work():
        old = (
            "https://x.example/old/",
            "https://x.example/other/",
            "https://x.example/",
            "/theirs/",
        )
        services.keep_addresses(dict.fromkeys(old, "/theirs"), origin="x")
        services.keep_addresses({"/theirs": "/there", "/there": "/other", "/x": "/old"}, origin="x")
    assert stored() == {
        "/old": "/mine", "/other": "/there", "/theirs": "/there", "/x": "/mine"
    }  # fmt: skip


@pytest.mark.usefixtures("_counted_at_once")
def test_what_people_look_for_in_vain_is_listed_and_nothing_secret_is(client, monkeypatch):
    for path in ("/wanted", "/wanted/", "/orders/a-secret-token", "/downloads/secret"):
        assert client.get(path, headers=PERSON).status_code in {404, 410}
    client.get("/robots-only")
    assert [(row.path, row.hits) for row in queries.missed_addresses()] == [("/wanted", 2)]
    monkeypatch.setattr(services, "MOST_MISSED", 1)
    client.get("/articles/gone", headers=PERSON)
    client.get("/wanted", headers=PERSON)
    db.session.rollback()
    found = db.session.scalars(select(MissedAddress)).all()
    assert [(row.path, row.hits) for row in found] == [("/wanted", 1)]
    editor = sign_in(client, make_account("editor"))
    assert "/wanted" in editor.get("/admin/redirects/missed").text
    assert 'value="/wanted"' in editor.get("/admin/redirects/?source=/wanted").text
    lead("/wanted", "/articles/")
    db.session.rollback()
    assert db.session.scalars(select(MissedAddress)).all() == []


def test_editors_add_search_remove_and_move_redirects_by_table(client):
    editor = sign_in(client, make_account("editor"))
    assert (
        editor.post(
            "/admin/redirects/", data={"source": "/old/", "target": "/articles/"}
        ).status_code
        == 303
    )
    refused = editor.post(
        "/admin/redirects/", data={"source": "/x", "target": "https://evil.example"}
    )
    assert refused.status_code == 422
    assert "Enter a page of this site" in refused.text
    assert "/old" in editor.get("/admin/redirects/?q=OLD").text
    file = editor.get("/admin/redirects/redirects.csv").text
    assert file == "from,to,hits\r\n/old,/articles/,0\r\n"

    def upload(content):
        return editor.post(
            "/admin/redirects/table",
            data={"file": (io.BytesIO(content), "r.csv")},
            content_type="multipart/form-data",
        )

    assert upload(file.encode() + b"/older,/shop/\r\n").status_code == 303
    mixed = upload(b"/oldest,/shop/\n/bad,//evil.example\nalone\n")
    assert mixed.status_code == 422
    assert "Line 2:" in mixed.text
    assert "Line 3:" in mixed.text
    assert stored() == {"/old": "/articles/", "/older": "/shop/", "/oldest": "/shop/"}
    for content in (b"\xff\xfe\x00", b"x" * 450_000, b'"'):
        assert upload(content).status_code == 422
    row = db.session.scalars(select(Redirect).where(Redirect.source == "/old")).one()
    editor.post(f"/admin/redirects/{row.id}/removal")
    assert "/old" not in stored()


def test_without_its_table_a_missing_page_is_still_a_404(client, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def away(*_sources):
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(queries, "redirect_from", away)
    assert client.get("/anything").status_code == 404
