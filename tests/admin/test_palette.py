"""Ctrl K: what it finds, for whom, and what it offers to do."""

from __future__ import annotations

import re

from shop.blueprints.admin import palette
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article, make_page
from tests.factories.catalog import make_product
from tests.factories.comments import make_comment
from tests.factories.newsletter import make_subscriber
from tests.factories.orders import make_order


def found(client, typed):
    page = client.get("/admin/found", query_string={"q": typed}).text
    return re.findall(r'href="([^"]+)"><span>([^<]+)</span> <small>([^<]+)</small>', page)


def test_things_are_found_by_a_part_of_what_staff_know_them_by(client):
    owner = make_account("owner", email="owner@example.org")
    sign_in(client, owner)
    article = make_article(title="Eight quilted keys", state="draft", published_at=None)
    page = make_page(title="About quilts")
    product = make_product(title="The Quilter’s guide")
    order = make_order(email="quilla@example.org")
    make_subscriber("aquila@example.org")
    make_comment(article, author_name="Quill", body="A thread and a needle")
    titles = [title for _url, title, _note in found(client, "QUIL")]
    assert titles == [
        "Eight quilted keys",
        f"{order.number} {order.name}",
        "Quill: A thread and a needle",
        "About quilts",
        "The Quilter’s guide",
        "aquila@example.org",
    ]
    assert found(client, order.number[1:7].lower())[0][0] == f"/admin/orders/{order.id}"
    assert found(client, "eight")[0] == (
        f"/admin/articles/{article.id}",
        "Eight quilted keys",
        "Articles · Draft",
    )
    assert found(client, "owner@")[0][0] == f"/admin/users/{owner.id}"
    assert {url for url, _title, _note in found(client, "quilt")} >= {
        f"/admin/pages/{page.id}",
        f"/admin/products/{product.id}",
    }
    offered = client.get("/admin/").text
    for label, address in [
        ("New article", "/admin/articles/new"),
        ("New product", "/admin/products/new"),
        ("Export everything", "/admin/exports/"),
    ]:
        assert f'<a href="{address}">{label} ' in offered
    assert found(client, "q") == found(client, " ") == found(client, "%%") == []


def test_nobody_finds_what_they_may_not_see(client):
    make_account("owner", email="quill@example.org")
    make_comment(make_article(title="Quilts"), body="A quill")
    assert client.get("/admin/found?q=quil").status_code == 303
    sign_in(client, make_account("moderator"))
    notes = [note for _url, _title, note in found(client, "quil")]
    assert [note.partition(" ·")[0] for note in notes] == ["Comments"]
    page = client.get("/admin/").text
    assert "New article" not in page
    assert "Sign out" in page


def test_a_section_that_fails_hides_no_other(client, monkeypatch):
    sign_in(client, make_account("owner", email="owner@example.org"))
    make_article(title="Quilts")
    asked = palette._asked

    def broken(section, typed):
        if section.name == "orders":
            raise RuntimeError
        return asked(section, typed)

    monkeypatch.setattr(palette, "_asked", broken)
    assert [title for _url, title, _note in found(client, "quil")] == ["Quilts"]
