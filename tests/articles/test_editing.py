"""What the editor keeps: words that were not saved, earlier texts, and who else is there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles import services
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing import presence, revisions, unsaved
from shop.blueprints.articles.writing.models import Presence, Revision, UnsavedWords
from shop.core import clock
from shop.core import settings as live
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.catalog import make_product


@pytest.fixture
def editor(app):
    return sign_in(app.test_client(), make_account("editor", name="Joan"))


def form_of(browser, article, **changed):
    page = browser.get(f"/admin/articles/{article.id}").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    fields = {"title": article.title, "body": article.body, "state": article.state}
    return {**fields, "slug": article.slug, "version": version, **changed}


def test_each_changed_text_is_kept_compared_and_restored(editor, client):
    article = make_article(title="Oil", slug="oil", body="Oil the small door.")
    address = f"/admin/articles/{article.id}"
    editor.post(address, data=form_of(editor, article, body="Oil the large door."))
    db.session.expire_all()
    editor.post(address, data=form_of(editor, article, tags="Doors"))
    db.session.expire_all()
    assert [each.version for each in revisions.revisions_of(article)] == [2, 1]
    assert "Joan" in editor.get(f"{address}/revisions").text

    shown = editor.get(f"{address}/revisions/2").text
    assert re.search(r"<del>.*?small</del>", shown)
    assert re.search(r"<ins>.*?large</ins>", shown)
    assert "Nothing differs." in editor.get(f"{address}/revisions/2?with=now").text
    assert editor.get(f"{address}/revisions/3").status_code == 404

    assert editor.post(f"{address}/revisions/1/restoration").status_code == 303
    assert "Oil the small door." in client.get("/articles/oil").text
    assert [each.version for each in revisions.revisions_of(article)] == [4, 2, 1]

    undo = f"{address}/revisions/2/restoration"
    assert f'action="{undo}"' in editor.get(address).text
    editor.post(undo)
    assert "Oil the large door." in client.get("/articles/oil").text


def test_of_many_texts_the_newest_and_the_first_are_kept(app, monkeypatch):
    monkeypatch.setattr(revisions, "MOST_REVISIONS", 3)
    article = make_article(body="0")
    for number in range(1, 6):
        with unit_of_work():
            services.save_article(article, body=str(number))
    assert [each.body for each in revisions.revisions_of(article)] == ["5", "4", "0"]


def test_unsaved_words_are_offered_until_they_are_saved_or_discarded(app, editor, client):
    article = make_article(slug="oil", body="Old words.")
    address = f"/admin/articles/{article.id}"
    typed = form_of(editor, article, body="Half a thought", tags="Doors")
    answer = editor.post(f"{address}/unsaved", data=typed)
    assert answer.json["said"].startswith("Kept at")
    assert "Old words." in client.get("/articles/oil").text

    assert "Continue with them" in editor.get(address).text
    again = editor.get(f"{address}?unsaved=1").text
    assert "Half a thought" in again
    assert 'value="Doors"' in again
    other = sign_in(app.test_client(), make_account("editor", name="Ruth"))
    assert "Continue with them" not in other.get(address).text

    assert editor.post(f"{address}/unsaved/removal").status_code == 303
    assert "Continue with them" not in editor.get(address).text
    editor.post(f"{address}/unsaved", data=typed)
    assert editor.post(address, data=typed).status_code == 303
    assert "Continue with them" not in editor.get(address).text
    assert "Half a thought" in client.get("/articles/oil").text

    editor.post("/admin/articles/unsaved", data={"title": "A new one"})
    assert "A new one</textarea>" in editor.get("/admin/articles/new?unsaved=1").text
    with unit_of_work():
        clock_before = clock.now() + timedelta(days=1)
        db.session.scalars(select(UnsavedWords)).one().kept_at = clock_before - unsaved.KEPT * 2
        db.session.flush()
        unsaved.forget_old_words()
    assert db.session.scalar(select(func.count()).select_from(UnsavedWords)) == 0


def test_two_who_write_at_once_are_named_to_each_other_until_one_leaves(app, editor, monkeypatch):
    article = make_article()
    address = f"/admin/articles/{article.id}/presence"
    other = sign_in(app.test_client(), make_account("editor", name="Ruth"))
    assert editor.post(address).json == {"others": "", "version": 1}
    assert other.post(address).json["others"] == "Joan has this open too."
    assert editor.post(address).json["others"] == "Ruth has this open too."
    later = clock.now() + presence.PRESENT + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert editor.post(address).json["others"] == ""
    with unit_of_work():
        presence.forget_those_who_left()
    assert db.session.scalars(select(Presence.account_id)).all() == [
        db.session.scalar(select(Account.id).filter_by(name="Joan"))
    ]


def test_saving_an_older_version_shows_what_differs(app, editor):
    article = make_article(body="The small door creaks.")
    mine = form_of(editor, article, body="The small door sings.")
    with unit_of_work():
        services.save_article(article, body="The large door creaks.", by=make_account("editor"))
    answer = editor.post(f"/admin/articles/{article.id}", data=mine)
    assert answer.status_code == 422
    for tag, word in (("del", "large"), ("ins", "small"), ("del", "creaks"), ("ins", "sings")):
        assert re.search(rf"<{tag}>[^/]*/span>{word}</{tag}>", answer.text), word


def test_an_hour_is_chosen_and_shown_on_the_clock_of_the_site(editor, client):
    with unit_of_work():
        live.change(SiteSettings, {"time_zone": "Europe/Berlin"})
    article = make_article(slug="late")
    address = f"/admin/articles/{article.id}"
    chosen = form_of(editor, article, published_at="2026-07-01T00:30")
    assert editor.post(address, data=chosen).status_code == 303
    assert 'value="2026-07-01T00:30"' in editor.get(address).text
    db.session.expire_all()
    stored = db.session.get(Article, article.id)
    assert stored.published_at == datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert "1 July 2026" in client.get("/articles/late").text

    twice = datetime(2026, 10, 25, 1, 30, 7, tzinfo=UTC)  # 02:30 for the second time that night
    with unit_of_work():
        services.save_article(stored, published_at=twice)
    kept = form_of(editor, article, published_at="2026-10-25T02:30")
    assert editor.post(address, data=kept).status_code == 303
    db.session.expire_all()
    assert db.session.get(Article, article.id).published_at == twice
    assert db.session.scalar(select(func.count()).select_from(Revision)) == 0


def test_a_date_chosen_for_a_draft_does_not_pass_for_a_schedule(editor):
    article = make_article(state="draft")
    said = {}
    for state in ("draft", "published"):
        later = form_of(editor, article, published_at="2099-12-24T18:00", state=state)
        page = editor.post(f"/admin/articles/{article.id}", data=later, follow_redirects=True).text
        said[state] = "Saved as a draft. To publish it at the date you chose" in page
    assert said == {"draft": True, "published": False}


def test_a_link_shows_the_draft_until_it_is_taken_back_or_expires(editor, client, monkeypatch):
    article = make_article(state="draft", title="Not yet", slug="soon")
    address = f"/admin/articles/{article.id}"
    assert editor.post(f"{address}/shared-draft", data={"days": "7"}).status_code == 303
    link = re.search(r"/articles/drafts/[\w-]+", editor.get(address).text)[0]
    shown = client.get(link)
    assert "Not yet" in shown.text
    assert 'content="noindex"' in shown.text
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in shown.headers["X-Robots-Tag"]
    assert "/admin/" not in shown.text

    assert client.get(link + "x").status_code == 410
    assert client.get("/articles/soon").status_code == 404
    with monkeypatch.context() as eight_days_later:
        later = clock.now() + timedelta(days=8)
        eight_days_later.setattr(clock, "now", lambda: later)
        assert client.get(link).status_code == 410
    editor.post(f"{address}/shared-draft/removal")
    ended = client.get(link)
    assert ended.status_code == 410
    assert "This link to a draft no longer works" in ended.text
    assert "Not yet" not in ended.text

    editor.post(f"{address}/shared-draft", data={"days": "7"})
    link = re.search(r"/articles/drafts/[\w-]+", editor.get(address).text)[0]
    editor.post(f"{address}/publication")
    assert client.get(link).location.endswith("/articles/soon")


def test_the_checklist_names_what_is_to_be_mended(editor, run_jobs):
    make_article(slug="there")
    body = "#### Deep\n\n![](/a.webp) [a](/articles/there) [b](/articles/lost)\n\n::picture[99]"
    article = make_article(body=body)
    address = f"/admin/articles/{article.id}"
    shown = editor.get(address).text
    for words in ("Deep", "/a.webp", "<li>99</li>", "2 links were not tried yet."):
        assert words in shown, words
    editor.post(f"{address}/link-check")
    run_jobs()
    shown = editor.get(address).text
    assert "/articles/lost (404)" in shown
    assert "/articles/there (" not in shown
    mended = {"body": "## Good\n\n![An oil can](/a.webp) Don’t.", "excerpt": "Short."}
    shown = editor.post(f"/admin/articles/checklist?article={article.id}", data=mended).text
    assert "checklist__open" not in shown
    assert "Words: 5." in shown, "what the picture shows is counted, marks and addresses are not"


def test_pages_and_products_are_found_to_be_put_into_a_text(editor, run_jobs):
    make_product(title="The Door Book", slug="door-book")
    make_article(title="A door [old]", slug="doors")
    run_jobs()
    shown = editor.get("/admin/articles/insertions?q=door").text
    assert 'data-insert="::guide[door-book]" data-block' in shown
    assert 'data-insert="[The Door Book](/shop/door-book)"' in shown
    assert r'data-insert="[A door \[old\]](/articles/doors)"' in shown
    assert editor.get("/admin/articles/insertions").text.strip() == ""
