"""Who has the role of an author writes and changes their own articles, and no others."""

from __future__ import annotations

import pytest

from shop.blueprints.articles import desk
from shop.blueprints.articles.models import Article, Author
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.articles.test_desk import GOOD, opened, stored
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article, make_author, make_page


@pytest.fixture
def account(app):
    return make_account("author", "ines@example.org", name="Ines")


@pytest.fixture
def author(app, account):
    return sign_in(app.test_client(), account)


def test_an_author_writes_under_their_name_and_finds_it_again(author, client):
    make_article(title="Of somebody else")
    someone = make_author("Joan")
    assert "Joan" not in author.get("/admin/articles/new").text
    form = {**GOOD, "author": someone.id}
    assert author.post("/admin/articles/new", data=form).status_code == 303
    listed = author.get("/admin/articles/").text
    assert "A new one" in listed
    assert "Of somebody else" not in listed
    page = client.get("/articles/a-new-one").text
    assert "Ines" in page
    assert "Joan" not in page


def test_the_second_article_is_by_the_same_author(author):
    for title in ("One", "Two"):
        author.post("/admin/articles/new", data={**GOOD, "title": title})
    assert len({article.author_id for article in stored()}) == 1


def test_an_author_of_the_same_name_is_somebody_else(author):
    other = make_article(author=make_author("Ines"))
    author.post("/admin/articles/new", data=GOOD)
    assert author.get(f"/admin/articles/{other.id}").status_code == 404


def test_an_author_changes_and_publishes_their_own(author, client):
    author.post("/admin/articles/new", data={**GOOD, "state": "draft"})
    [article] = stored()
    assert author.get("/articles/a-new-one").status_code == 200  # a preview
    form = {**opened(author, article), "title": "Changed", "state": "draft"}
    author.post(f"/admin/articles/{article.id}", data=form)
    author.post(f"/admin/articles/{article.id}/publication")
    assert "Changed" in client.get(f"/articles/{article.slug}").text


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_article_idor(author, monkeypatch, guarded):
    """Nobody reads or changes what is not theirs: not by number, and not as a preview."""
    if not guarded:
        monkeypatch.setattr(desk, "may_change", lambda _account, _article: True)
    article = make_article(slug="here", state="draft", author=make_author("Joan"))
    form = {**GOOD, "version": "1", "title": "Taken over"}
    answers = [
        author.get(f"/admin/articles/{article.id}"),
        author.post(f"/admin/articles/preview?article={article.id}", data=form),
        author.get("/articles/here"),
        author.post(f"/admin/articles/{article.id}", data=form),
        *(
            author.post(f"/admin/articles/{article.id}/{act}")
            for act in ("publication", "draft", "removal", "return")
        ),
    ]
    assert all((answer.status_code == 404) is guarded for answer in answers)
    db.session.expire_all()
    assert (db.session.get(Article, article.id).title != "Taken over") is guarded


def test_pages_and_authors_are_the_editors(author):
    page = make_page()
    for path in ("pages/", f"pages/{page.id}", "pages/new", "authors/"):
        assert author.get(f"/admin/{path}").status_code == 403


def test_an_editor_lets_somebody_write_as_an_author(app, author, account):
    article = make_article(author=make_author("Joan"))
    editor = sign_in(app.test_client(), make_account("editor"))
    form = {"name": "Joan", "bio": "", "email": "Ines@Example.org"}
    assert editor.post(f"/admin/authors/{article.author_id}", data=form).status_code == 303
    assert author.get(f"/admin/articles/{article.id}").status_code == 200
    assert "ines@example.org" in editor.get(f"/admin/authors/{article.author_id}").text
    assert editor.post("/admin/authors/new", data={**form, "name": "X"}).status_code == 422
    editor.post(f"/admin/authors/{article.author_id}", data={**form, "email": ""})
    assert author.get(f"/admin/articles/{article.id}").status_code == 404


def test_an_author_is_no_buyer_and_no_stranger(app):
    editor = sign_in(app.test_client(), make_account("editor"))
    buyer = make_account()
    for email in (buyer.email, "nobody@example.org"):
        answer = editor.post("/admin/authors/new", data={"name": "X", "bio": "", "email": email})
        assert answer.status_code == 422
        assert 'id="email-error"' in answer.text
    assert db.session.query(Author).count() == 0


def test_articles_stay_when_the_account_goes(app, author, account):
    author.post("/admin/articles/new", data=GOOD)
    with unit_of_work():
        db.session.delete(account)
    [article] = stored()
    assert article.author.name == "Ines"
