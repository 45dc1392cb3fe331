"""The back office of the magazine, by hand of an editor."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from shop.blueprints.articles import services
from shop.blueprints.articles.models import Article, Author
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article, make_author, make_page

GOOD = {"title": "A new one", "body": "## 1. One\n\nText.", "state": "published", "tags": "Trust"}


@pytest.fixture
def editor(app):
    return sign_in(app.test_client(), make_account("editor", name="Joan"))


def stored():
    db.session.expire_all()
    return db.session.scalars(select(Article).order_by(Article.id)).all()


def opened(browser, article, desk="articles"):
    page = browser.get(f"/admin/{desk}/{article.id}").text
    return {**GOOD, "version": re.search(r'name="version"[^>]*value="(\d+)"', page)[1]}


def test_what_is_written_is_public_at_once(editor, client):
    client.get("/")
    answer = editor.post("/admin/articles/new", data=GOOD)
    assert answer.status_code == 303
    assert "Saved." in editor.get(answer.location).text
    assert "A new one" in client.get("/").text
    [article] = stored()
    assert (article.slug, article.changed_by_id is not None) == ("a-new-one", True)


def test_an_edit_shows_what_is_stored(editor):
    author = make_author("Ines")
    article = make_article(
        title="Eight <keys>", tags=["Trust", "Repair"], related_guides=["notebook"], author=author
    )
    page = editor.get(f"/admin/articles/{article.id}").text
    for words in ("Eight &lt;keys&gt;", "Trust, Repair", "notebook", "nobody photographs"):
        assert words in page
    assert re.search(rf'<option selected value="{author.id}">Ines', page)


def test_an_edit_changes_what_readers_see(editor, client):
    article = make_article(slug="here")
    assert client.get("/articles/here").status_code == 200
    form = {**opened(editor, article), "title": "Changed", "slug": "here"}
    assert editor.post(f"/admin/articles/{article.id}", data=form).status_code == 303
    assert "Changed" in client.get("/articles/here").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "   "),
        ("title", "x" * 201),
        ("slug", "y" * 121),
        ("excerpt", "x" * 401),
        ("body", "x" * 200_001),
        ("state", "nonsense"),
        ("state", ""),
        ("published_at", "yesterday"),
        ("published_at", "0001-01-01T00:00"),
        ("published_at", "9999-12-31T23:59"),
        ("author", "999999"),
        ("author", "x"),
        ("tags", "🦊"),
        ("tags", ",".join(f"t{n}" for n in range(11))),
    ],
)
def test_a_bad_field_is_said_beside_it_and_the_rest_is_kept(editor, field, value):
    answer = editor.post("/admin/articles/new", data={**GOOD, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert ("A new one" if field != "title" else "## 1. One") in answer.text
    assert stored() == []


@pytest.mark.parametrize("value", ["-1", "1001", "99999999999999999999", "1e9", "x", "NaN"])
def test_a_bad_place_in_the_menu_is_refused(editor, value):
    answer = editor.post("/admin/pages/new", data={**GOOD, "menu": "footer", "menu_order": value})
    assert answer.status_code == 422
    assert stored() == []


def test_an_address_that_is_taken_is_said_beside_it(editor):
    make_article(slug="here")
    answer = editor.post("/admin/articles/new", data={**GOOD, "slug": "here"})
    assert answer.status_code == 422
    assert 'id="slug-error"' in answer.text
    assert len(stored()) == 1


def test_of_two_editors_the_second_keeps_what_he_wrote_and_learns_who(app, editor):
    article = make_article(title="First")
    form = opened(editor, article)
    ruth = sign_in(app.test_client(), make_account("editor", name="Ruth"))
    theirs = {**opened(ruth, article), "title": "Ruth's title"}
    assert ruth.post(f"/admin/articles/{article.id}", data=theirs).status_code == 303

    mine = {**form, "title": "My title", "body": "My own words."}
    answer = editor.post(f"/admin/articles/{article.id}", data=mine)
    assert answer.status_code == 422
    assert "Ruth changed this" in answer.text
    assert "My own words." in answer.text
    assert stored()[0].title == "Ruth's title"

    again = {**mine, "version": re.search(r'name="version"[^>]*value="(\d+)"', answer.text)[1]}
    assert editor.post(f"/admin/articles/{article.id}", data=again).status_code == 303
    assert stored()[0].title == "My title"


def test_saving_does_not_move_the_date(editor):
    article = make_article(days_ago=2.123456)
    page = editor.get(f"/admin/articles/{article.id}").text
    shown = re.search(r'name="published_at"[^>]*value="([^"]+)"', page)[1]
    before = article.published_at
    form = {**opened(editor, article), "published_at": shown}
    assert editor.post(f"/admin/articles/{article.id}", data=form).status_code == 303
    assert stored()[0].published_at == before


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 50, "0"])
def test_a_forged_version_is_a_conflict(editor, version):
    article = make_article(title="First")
    form = {**GOOD, "version": version}
    assert editor.post(f"/admin/articles/{article.id}", data=form).status_code == 422
    assert stored()[0].title == "First"


def test_a_preview_is_the_real_page_of_what_was_typed_and_stores_nothing(editor):
    answer = editor.post(
        "/admin/articles/preview",
        data={**GOOD, "excerpt": "Brief.", "body": "## 1. Key\n\n<b onclick=x>*Soft*"},
    )
    assert answer.status_code == 200
    assert 'data-number="1"' in answer.text
    assert "<em>Soft</em>" in answer.text
    assert "<b onclick" not in answer.text
    assert '<p class="standfirst">Brief.</p>' in answer.text
    assert "A new one</h1>" in answer.text
    assert (
        ">Trust</span>" in answer.text
    )  # nothing is public about it yet, so there is no page to lead to
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert stored() == []
    assert editor.post("/admin/articles/preview", data={"body": "x" * 200_001}).status_code == 422


def test_a_draft_is_seen_by_writers_alone(app, editor, client):
    article = make_article(slug="secret", state="draft", title="Not yet")
    page = editor.get("/articles/secret")
    assert "Not yet" in page.text
    assert "Only you and other editors" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert 'content="noindex"' in page.text
    assert client.get("/articles/secret").status_code == 404
    buyer = sign_in(app.test_client(), make_account("buyer"))
    assert buyer.get("/articles/secret").status_code == 404
    with unit_of_work():
        services.remove_article(article)
    assert editor.get("/articles/secret").status_code == 404


def test_publishing_taking_back_removing_and_bringing_back(editor, client):
    article = make_article(slug="here", state="draft")
    for verb, status in (
        ("publication", 200),
        ("draft", 404),
        ("publication", 200),
        ("removal", 410),
        ("return", 404),
        ("publication", 200),
    ):
        answer = editor.post(f"/admin/articles/{article.id}/{verb}")
        assert answer.status_code == 303
        assert editor.get(answer.location).status_code == 200
        assert client.get("/articles/here").status_code == status, verb


@pytest.mark.parametrize(
    ("button", "state"),
    [("publication", "published"), ("draft", "draft"), ("removal", "draft")],
)
def test_every_button_of_the_page_saves_what_was_typed(editor, button, state):
    article = make_article(state="draft" if button == "publication" else "published")
    form = {**opened(editor, article), "title": "Typed just now", "state": article.state}
    answer = editor.post(f"/admin/articles/{article.id}/{button}", data=form)
    assert answer.status_code == 303
    [article] = stored()
    assert (article.title, article.state) == ("Typed just now", state)
    assert bool(article.removed_at) == (button == "removal")


def test_a_button_that_cant_save_does_nothing_and_keeps_the_words(editor):
    article = make_article(state="draft")
    form = {**opened(editor, article), "title": "", "body": "Much work", "state": "draft"}
    answer = editor.post(f"/admin/articles/{article.id}/publication", data=form)
    assert answer.status_code == 422
    assert "Much work" in answer.text
    assert not stored()[0].is_public


def test_lists_are_sorted_by_state_and_searched_by_title(editor):
    make_article(title="Public one")
    make_article(title="Draft 100%", state="draft")
    make_article(title="Later one", days_ago=-2)
    with unit_of_work():
        services.remove_article(make_article(title="Removed one"))
    shown = {
        "all": {"Public one", "Draft 100%", "Later one"},
        "draft": {"Draft 100%"},
        "scheduled": {"Later one"},
        "public": {"Public one"},
        "removed": {"Removed one"},
    }
    for shelf, titles in shown.items():
        page = editor.get(f"/admin/articles/?shelf={shelf}").text
        found = set(re.findall(r'<a href="/admin/articles/\d+">([^<]+)', page))
        assert found == titles, shelf
    assert "Draft 100%" in editor.get("/admin/articles/?q=100%25").text
    assert "Public one" not in editor.get("/admin/articles/?q=%25").text
    assert editor.get("/admin/articles/?shelf=other").status_code == 404
    assert editor.get("/admin/articles/?after=x").status_code == 404


def test_the_list_goes_on_after_fifty(editor):
    for number in range(55):
        make_article(title=f"No. {number:02}.")
    first = editor.get("/admin/articles/").text
    rest = editor.get(re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")).text
    assert len(set(re.findall(r"No\. (\d\d)\.", first + rest))) == 55


def test_a_page_is_written_into_a_menu(editor, client):
    form = {
        "title": "About",
        "body": "Us.",
        "state": "published",
        "menu": "primary",
        "menu_order": "30",
    }
    assert editor.post("/admin/pages/new", data=form).status_code == 303
    assert 'href="/pages/about"' in client.get("/").text.split("<main")[0]


def test_the_desk_of_articles_does_not_open_pages(editor):
    page, article = make_page(), make_article()
    assert editor.get(f"/admin/articles/{page.id}").status_code == 404
    assert editor.get(f"/admin/pages/{article.id}").status_code == 404
    assert editor.post(f"/admin/articles/{page.id}/removal").status_code == 404
    assert editor.get("/admin/articles/999999").status_code == 404


def test_authors_are_added_and_changed(editor, client):
    assert (
        editor.post("/admin/authors/new", data={"name": "Owen", "bio": "Binds books."}).status_code
        == 303
    )
    [author] = db.session.scalars(select(Author)).all()
    make_article(slug="here", author=author)
    assert "Binds books." in client.get("/articles/here").text
    editor.post(f"/admin/authors/{author.id}", data={"name": "Owen Rusk", "bio": "Sews."})
    assert ">Owen Rusk</a>" in client.get("/articles/here").text
    again = editor.post("/admin/authors/new", data={"name": "Owen", "bio": ""})
    assert again.status_code == 422
    assert 'id="name-error"' in again.text
    assert editor.post("/admin/authors/new", data={"name": ""}).status_code == 422
    assert editor.get("/admin/authors/99").status_code == 404


@pytest.mark.parametrize("desk", ["articles", "pages", "authors"])
@pytest.mark.parametrize("role", ["buyer", "moderator"])
def test_others_may_not_write(app, client, desk, role):
    other = sign_in(app.test_client(), make_account(role))
    assert other.post(f"/admin/{desk}/new", data={**GOOD, "name": "x"}).status_code in {403, 404}
    assert client.post(f"/admin/{desk}/new", data=GOOD).status_code in {302, 303, 401, 403, 404}
    assert stored() == []


def test_csrf(editor):
    article = make_article()
    for address in ("new", "preview", f"{article.id}", f"{article.id}/removal"):
        answer = editor.post(
            f"/admin/articles/{address}", data=GOOD, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403
    assert [each.removed_at for each in stored()] == [None]


def test_mass_assignment(editor):
    form = {
        **GOOD,
        "kind": "page",
        "was_public": "1",
        "import_key": "x",
        "version": "77",
        "id": "9",
        "removed_at": "1",
    }
    editor.post("/admin/articles/new", data=form)
    [article] = stored()
    assert (article.kind, article.was_public, article.import_key, article.version) == (
        "article",
        False,
        None,
        1,
    )
