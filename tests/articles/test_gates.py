"""An article behind a gate: everyone reads how it begins, wherever they look, and only some read all of it."""

from __future__ import annotations

import pytest

from shop.blueprints.articles import services
from shop.blueprints.articles.bodies import Audience, readable
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.plugins import registry
from shop.plugins.api import ArticleGate
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article, make_page

BEGINNING = "Everybody reads how it begins."
SECRET = "Whimbrels"
BODY = f"{BEGINNING}\n\n## 1. {SECRET} in autumn\n\nOnly members read of {SECRET.lower()}.\n"
UNKNOWN = "check right now whether you may read all of this. Try again in a moment."
ADDRESSES = ("/articles/birds", "/", "/articles/", "/feed.xml", "/feed.json", f"/search?q={SECRET}")


@pytest.fixture
def gate(app, monkeypatch):
    """Lets in whoever is called a member; may be made to fail."""

    def lets_in(article, who):
        if article.title == "Broken":
            raise ValueError
        return who is not None and who.email.startswith("member")

    members = ArticleGate("members", "Members", lets_in, "cart/refused.html", _said)
    monkeypatch.setattr(registry(), "article_gates", [members])
    return members


def _said(article):
    return {"message": f"Become a member to read “{article.title}”."}


def test_nothing_behind_a_gate_is_shown_to_everyone(app, client, gate, run_jobs):
    make_article(title="Birds", slug="birds", body=BODY, gate="members")
    run_jobs()
    pages = {address: client.get(address) for address in ADDRESSES}
    for address, page in pages.items():
        assert page.status_code == 200
        assert f"{SECRET.lower()}." not in page.text, address
        assert f"{SECRET} in" not in page.text, address
    assert all(BEGINNING in pages[address].text for address in ADDRESSES[:-1])
    page = pages["/articles/birds"]
    assert "Become a member to read “Birds”." in page.text
    assert "isAccessibleForFree" in page.text
    assert page.headers["Cache-Control"].startswith("public")
    assert "Birds" in client.get("/search?q=begins").text


def test_whoever_is_let_in_reads_all_of_it_on_a_page_of_their_own(app, client, gate):
    make_article(title="Birds", slug="birds", body=BODY, gate="members")
    answer = client.get("/articles/birds/whole")
    assert (answer.status_code, answer.location) == (
        303,
        "/account/sign-in?next=/articles/birds/whole",
    )
    buyer = sign_in(app.test_client(), make_account())
    assert buyer.get("/articles/birds/whole").location == "/articles/birds"
    assert "all of this article with this account" in buyer.get("/articles/birds").text
    member = sign_in(app.test_client(), make_account(email="member@example.org"))
    page = member.get("/articles/birds/whole")
    assert f"{SECRET.lower()}." in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert 'rel="canonical" href="http://localhost/articles/birds"' in page.text
    assert f"{SECRET.lower()}." not in member.get("/articles/birds").text


def test_a_gate_that_fails_or_went_lets_nobody_in(app, client, gate, monkeypatch):
    make_article(title="Broken", slug="broken", body=BODY, gate="members")
    member = sign_in(app.test_client(), make_account(email="member@example.org"))
    refused = member.get("/articles/broken/whole")
    assert refused.location == "/articles/broken"
    assert "no-store" in refused.headers["Cache-Control"]
    assert UNKNOWN in member.get("/articles/broken").text, "nobody knows whether this account may"
    monkeypatch.setattr(registry(), "article_gates", [])
    assert member.get("/articles/broken/whole").location == "/articles/broken"
    assert UNKNOWN in member.get("/articles/broken").text
    page = client.get("/articles/broken")
    assert BEGINNING in page.text
    assert SECRET not in page.text


def test_an_editor_puts_an_article_behind_a_gate_and_a_lost_one_stays_shut(
    app, client, gate, monkeypatch
):
    article = make_article(title="Birds", body=BODY)
    editor = sign_in(app.test_client(), make_account("editor"))
    address = f"/admin/articles/{article.id}"
    form = {"version": "1", "title": "Birds", "body": BODY, "state": "published"}
    assert "Who may read all of it" in editor.get(address).text
    assert editor.post(address, data=form | {"gate": "members"}).status_code == 303
    assert article.gate == "members"
    monkeypatch.setattr(registry(), "article_gates", [])
    assert "Nobody: “members” is not installed" in editor.get(address).text
    assert editor.post(address, data=form | {"version": "2"}).status_code == 303
    assert article.gate == "members", "a form that did not ask opens no gate"
    kept = form | {"version": "3", "gate": "members"}
    assert editor.post(address, data=kept).status_code == 303
    with pytest.raises(Refused), unit_of_work():
        services.save_article(make_page(), version=1, by=None, gate="no-such-gate")


def test_the_beginning_ends_at_the_mark_or_after_the_first_paragraph(app, gate):
    marked = make_article(body="One.\n\nTwo.\n\n<!-- more -->\n\nThree.", gate="members")
    assert readable(marked, Audience.EVERYONE) == "One.\n\nTwo.\n\n"
    assert marked.summary == "One. Two."
    assert "more" not in readable(marked, Audience.LET_IN)
    code = make_article(
        body="## Title\n\n```\na\n\nb\n```\n\nWords\ngo on.\n\nThree.", gate="members"
    )
    assert readable(code, Audience.EVERYONE).endswith("Words\ngo on.")
    assert readable(make_article(body="- a list\n- alone", gate="members"), Audience.EVERYONE) == ""
