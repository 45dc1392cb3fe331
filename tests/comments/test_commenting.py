"""Readers comment; nothing is published by itself, nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.services import save_article
from shop.blueprints.comments.models import State
from shop.blueprints.comments.settings import CommentSettings
from shop.core import clock, settings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import CommentApproved, CommentPosted
from tests.effort import statements
from tests.factories import articles
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import (
    GOOD,
    all_comments,
    make_article,
    make_comment,
    make_known,
    post,
)
from tests.factories.orders import at_once, this_app

THANKS = "Thanks for your comment. It will appear once it has been approved."


def test_a_comment_is_held_and_thanked_for_once(client, app):
    article = make_article()
    answer = post(client, article)
    assert (answer.status_code, answer.location) == (303, f"/articles/{article.slug}#comments")
    page = client.get(f"/articles/{article.slug}").text
    assert THANKS in page
    assert "Only you see this" in page
    assert GOOD["body"] not in app.test_client().get(f"/articles/{article.slug}").text
    assert THANKS not in client.get(f"/articles/{article.slug}").text
    [comment] = all_comments()
    assert (comment.state, comment.body) == (State.WAITING, GOOD["body"])


def test_an_article_without_comments_asks_for_the_first(client):
    article = make_article()
    assert "Be the first to comment." in client.get(f"/articles/{article.slug}").text
    make_comment(article)
    assert "Be the first to comment." not in client.get(f"/articles/{article.slug}").text


def test_only_what_was_approved_is_seen(client):
    article = make_article()
    for state in State:
        make_comment(
            article, state, body=f"This one is {state}.", posted_at=clock.now() - timedelta(hours=9)
        )
    page = client.get(f"/articles/{article.slug}").text
    assert [state for state in State if f"This one is {state}." in page] == [State.APPROVED]
    assert page.count('class="comment"') == 1
    assert "9 hours ago</time>" in page


BAD = [
    ("author", ""),
    ("author", "   "),
    ("author", "\u200b\u200d"),
    ("author", "x" * 81),
    ("author", "Ruth\r\nBcc: all@example.org"),
    ("email", ""),
    ("email", "nobody"),
    ("email", "ruth@example.org\nBcc: all@example.org"),
    ("email", "a@" + "b" * 300 + ".org"),
    ("body", ""),
    ("body", " \n\t\n"),
    ("body", "\u200b"),
    ("body", "x" * 10_001),
]


def test_a_bad_field_is_said_beside_it_on_the_articles_page(client):
    article = make_article()
    for field, value in BAD:
        answer = post(client, article, **{field: value})
        assert answer.status_code == 422, (field, value)
        assert f'id="comment-{field}-error"' in answer.text
        assert article.body in answer.text
        for name, kept in GOOD.items():
            assert name == field or kept in answer.text
        assert "Thanks" not in answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert all_comments() == []


def test_a_refused_form_is_not_kept_for_the_next_visitor(client, app):
    article = make_article()
    client.get(f"/articles/{article.slug}")
    assert GOOD["email"] in post(client, article, body="").text
    assert GOOD["email"] not in app.test_client().get(f"/articles/{article.slug}").text


def test_missing_fields_are_errors_too(client):
    article = make_article()
    assert client.post(f"/articles/{article.slug}/comments").status_code == 422


def test_scripts_of_other_worlds_come_through(client):
    article = make_article()
    post(client, article, author="رُوث 🌿", body="שלום\r\n\r\n🙂")
    [comment] = all_comments()
    assert (comment.author_name, comment.body) == ("رُوث 🌿", "שלום\n\n🙂")


def test_a_double_click_stores_one(client, published):
    article = make_article()
    answers = [post(client, article) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(all_comments()) == 1
    assert [type(fact) for fact in published] == [CommentPosted]


@pytest.mark.both_databases
def test_the_same_comment_sent_by_several_at_once_is_stored_once(app):
    address = f"/articles/{make_article().slug}/comments"
    sent = at_once(this_app(), 4, lambda _: this_app().test_client().post(address, data=GOOD))
    assert [answer.status_code for answer in sent] == [303] * 4
    assert len(all_comments()) == 1


def test_the_same_words_a_day_later_are_a_comment_of_their_own(client):
    article = make_article()
    post(client, article)
    with unit_of_work():
        all_comments()[0].posted_at -= timedelta(days=1)
    post(client, article)
    assert len(all_comments()) == 2


def test_a_reply_to_a_reply_joins_the_thread(client):
    article = make_article()
    top = make_comment(article)
    reply = make_comment(article, parent=top)
    post(client, article, parent=str(reply.id))
    assert all_comments()[-1].parent_id == top.id


def test_a_reply_to_nothing_keeps_the_text(client):
    article = make_article()
    for parent in ("0", "-1", "999999", "9" * 40, "x", "1e9", "٣"):
        answer = post(client, article, parent=parent)
        assert answer.status_code == 422, parent
        assert "no longer exists" in answer.text
        assert GOOD["body"] in answer.text
        assert 'name="parent" value=""' in answer.text
    assert all_comments() == []
    assert post(client, article, parent=" ").status_code == 303


def test_what_readers_do_not_see_takes_no_reply(client):
    article = make_article()
    for state in (State.WAITING, State.SPAM, State.REJECTED, State.ERASED):
        hidden = make_comment(article, state)
        assert post(client, article, parent=str(hidden.id)).status_code == 422, state


def test_a_comment_of_another_article_takes_no_reply_here(client):
    elsewhere = make_comment(make_article())
    assert post(client, make_article(), parent=str(elsewhere.id)).status_code == 422


def test_reply_link_works_without_a_script(client):
    article = make_article()
    comment = make_comment(article, author_name="Tomas R.")
    page = client.get(f"/articles/{article.slug}?reply={comment.id}").text
    assert f'name="parent" value="{comment.id}"' in page
    assert "data-reply-author>Tomas R.<" in page


def test_closed_comments_say_so_and_give_the_text_back(client):
    article = make_article(comments_open=False)
    answer = post(client, article)
    assert answer.status_code == 403
    assert "Comments are closed" in answer.text
    assert GOOD["body"] in answer.text
    page = client.get(f"/articles/{article.slug}").text
    assert "Comments on this article are closed." in page
    assert "Post comment" not in page
    assert all_comments() == []


def test_a_comment_belongs_to_what_is_at_its_address_now(client):
    article = articles.make_article(slug="keys")
    post(client, article)
    with unit_of_work():
        save_article(article, slug="seven-keys")
    assert client.post("/articles/keys/comments", data=GOOD | {"body": "Moved."}).location == (
        "/articles/seven-keys#comments"
    )
    other = articles.make_article(slug="keys")
    post(client, other, body="Another.")
    found = [(comment.article_id, comment.body) for comment in all_comments()]
    assert found == [(article.id, GOOD["body"]), (article.id, "Moved."), (other.id, "Another.")]


def test_who_comments_again_asks_for_the_article_once(client):
    post(client, articles.make_article(slug="keys"))
    with statements() as sent:
        again = client.post("/articles/keys/comments", data=GOOD | {"body": "Once more."})
    assert again.status_code == 303
    assert len([each for each in sent if "FROM article" in each]) == 1


def test_comments_close_while_someone_writes(client):
    article = articles.make_article()
    post(client, article)
    db.session.execute(update(Article).values(comments_open=False))  # another host has, unheard
    db.session.commit()
    assert post(client, article, body="Too late.").status_code == 403


def test_comments_close_by_themselves_when_the_owner_wants_it(client):
    article = make_article(published_at=clock.now() - timedelta(days=31))
    with unit_of_work():
        settings.change(CommentSettings, {"close_after_days": 30})
    assert post(client, article).status_code == 403
    with unit_of_work():
        settings.change(CommentSettings, {"close_after_days": 32})
    assert post(client, article).status_code == 303


@pytest.mark.parametrize(
    "values", [{"state": "draft"}, {"published_at": clock.now() + timedelta(days=1)}]
)
def test_what_is_not_public_takes_no_comment(client, values):
    article = make_article(**values)
    assert post(client, article).status_code == 404
    assert client.post("/articles/there-is-none/comments", data=GOOD).status_code == 404


@pytest.mark.parametrize(
    "header", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_csrf(client, header):
    article = make_article()
    answer = client.post(f"/articles/{article.slug}/comments", data=GOOD, headers=header)
    assert answer.status_code == 403
    assert all_comments() == []


def test_a_sender_of_many_is_asked_to_wait_and_keeps_his_text(client, limits):
    article = make_article()
    answers = [post(client, article, body=f"Number {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Number 5" in answers[-1].text
    assert len(all_comments()) == 5
    assert client.post("/articles/there-is-none/comments", data=GOOD).status_code in (404, 429)


def test_mass_assignment(client):
    article = make_article()
    post(client, article, state="approved", is_staff="1", version="9", article_id="1", id="77")
    [comment] = all_comments()
    assert (comment.state, comment.is_staff, comment.version) == (State.WAITING, False, 0)


def test_the_address_is_not_kept(client):
    article = make_article()
    client.post(
        f"/articles/{article.slug}/comments", data=GOOD, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )
    [comment] = all_comments()
    assert len(comment.address_key) == 64
    row = db.session.execute(db.text("SELECT * FROM comment")).one()
    assert "203.0.113.9" not in repr(row)


@pytest.mark.parametrize(
    ("role", "is_staff"), [("editor", True), ("moderator", True), ("buyer", False)]
)
def test_the_badge_is_for_staff_who_signed_in(client, role, is_staff):
    article = make_article()
    sign_in(client, make_account(role))
    post(client, article)
    assert all_comments()[0].is_staff is is_staff


def test_where_not_all_are_held_a_known_person_is_published(client, published):
    with unit_of_work():
        settings.change(CommentSettings, {"hold_all": False})
    article = make_article()
    post(client, article)
    assert all_comments()[0].state == State.WAITING
    make_known(article)
    published.clear()
    post(client, article, body="A second thought, without anything in it.")
    assert all_comments()[-1].state == State.APPROVED
    assert [type(fact) for fact in published] == [CommentPosted, CommentApproved]
    assert "A second thought" in client.get(f"/articles/{article.slug}").text
    post(client, article, body="A third one: https://example.org/")
    assert all_comments()[-1].state == State.WAITING


def test_a_reload_of_a_refused_form_leads_back_to_the_article(client):
    article = make_article()
    answer = client.get(f"/articles/{article.slug}/comments?reply=7&_scheme=evil&slug=x")
    assert answer.status_code == 302
    assert answer.location == f"/articles/{article.slug}?reply=7#comment-form"


def test_a_page_takes_comments_once_it_is_open_and_shows_nothing_before(client):
    closed = make_article(kind="page", comments_open=False)
    opened = make_article(kind="page")
    assert 'id="comments"' not in client.get(f"/pages/{closed.slug}").text
    assert f'action="/pages/{opened.slug}/comments' in client.get(f"/pages/{opened.slug}").text
    refused = client.post(f"/pages/{opened.slug}/comments", data={**GOOD, "body": ""})
    assert (refused.status_code, GOOD["author"] in refused.text) == (422, True)
    answer = client.post(f"/pages/{opened.slug}/comments", data=GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/pages/{opened.slug}#comments",
    )
    assert client.post(f"/pages/{closed.slug}/comments", data=GOOD).status_code == 403
    assert [each.article_id for each in all_comments()] == [opened.id]
    assert client.get(f"/articles/{opened.slug}").status_code == 404
