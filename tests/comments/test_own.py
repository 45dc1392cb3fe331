"""Authors change and take back what they wrote; nobody else can."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from shop.blueprints.comments import decisions, tallies
from shop.blueprints.comments.authors import pages as own_pages
from shop.blueprints.comments.authors import services as own_comments
from shop.blueprints.comments.judging.panel import judge
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.reading import threads
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import CommentEdited, CommentWithdrawn
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import (
    GOOD,
    all_comments,
    make_article,
    make_comment,
    make_known,
    post,
)


@pytest.fixture
def article(app):
    return make_article()


@pytest.fixture
def comment(client, article):
    """A comment that the client has just sent."""
    post(client, article)
    return all_comments()[-1]


def change(client, comment, body="I would call it a truce."):
    return client.post(f"/comments/mine/{comment.id}", data={"body": body})


def approve(comment):
    with unit_of_work():
        decisions.approve(comment, by=None)


def later(monkeypatch, minutes):
    now = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: now)


def test_what_was_written_in_this_browser_is_listed_there_and_nowhere_else(client, app, comment):
    mine = client.get("/comments/mine")
    assert GOOD["body"] in mine.text
    assert "Waiting for approval" in mine.text
    assert mine.headers["Cache-Control"] == "private, no-store"
    assert GOOD["body"] not in app.test_client().get("/comments/mine").text


def test_an_author_changes_a_comment_within_ten_minutes(client, article, comment, published):
    assert comment.body in client.get(f"/comments/mine/{comment.id}").text
    answer = change(client, comment, "I would call it a *truce*.")
    assert (answer.status_code, answer.location) == (303, "/comments/mine")
    [changed] = all_comments()
    assert changed.body_html == "<p>I would call it a <em>truce</em>.</p>\n"
    assert changed.edited_at is not None
    assert published == [CommentEdited(changed.id)]
    approve(changed)
    assert "edited</span>" in client.get(f"/articles/{article.slug}").text


def test_after_ten_minutes_a_comment_stands(client, comment, monkeypatch):
    later(monkeypatch, 10)
    for answer in (client.get(f"/comments/mine/{comment.id}"), change(client, comment)):
        assert answer.status_code == 422
        assert "That time is over" in answer.text
    assert all_comments()[0].body == GOOD["body"]
    assert f'href="/comments/mine/{comment.id}"' not in client.get("/comments/mine").text


def test_a_changed_comment_has_to_wait_again(client, app, article, comment):
    approve(comment)
    assert GOOD["body"] in client.get(f"/articles/{article.slug}").text
    answer = change(client, comment, "Buy at https://pills.example now, or text me on WhatsApp.")
    page = app.test_client().get(f"/articles/{article.slug}").text
    assert answer.status_code == 303
    assert GOOD["body"] not in page
    assert "pills.example" not in page
    [changed] = all_comments()
    assert changed.state == State.WAITING
    assert any(finding["points"] > 0 for finding in changed.evidence)
    assert threads.page_of_threads(article.id).count == 0
    assert tallies.by_state()[State.WAITING] == 1


def test_an_approved_comment_does_not_vouch_for_its_own_next_text(client, comment):
    """The address has one approved comment: the very one that is being changed."""
    approve(comment)
    change(client, comment)
    assert all_comments()[0].state == State.WAITING


def test_a_trusted_authors_changed_comment_stays(client, article):
    make_known(article)
    post(client, article)
    comment = all_comments()[-1]
    assert comment.state == State.APPROVED
    change(client, comment)
    assert comment.state == State.APPROVED
    assert "I would call it a truce." in client.get(f"/articles/{article.slug}").text


def test_what_a_moderator_put_away_stays_away(client, comment):
    for verb in (decisions.mark_spam, decisions.reject):
        with unit_of_work():
            verb(comment, by=None)
        assert change(client, comment).status_code == 422
    assert all_comments()[0].body == GOOD["body"]


def test_a_decision_on_the_old_text_does_not_publish_the_new_one(client, comment):
    seen = comment.version
    change(client, comment, "Something else altogether.")
    with unit_of_work():
        outcome = decisions.decide_ids(
            [comment.id], State.APPROVED, by=None, versions={comment.id: seen}
        )
    assert outcome.overtaken == [comment.id]
    assert all_comments()[0].state == State.WAITING


@pytest.mark.parametrize("body", ["", " \n", "​", "x" * 10_001])
def test_a_bad_text_is_kept_in_the_form_and_said_beside_it(client, comment, body):
    answer = change(client, comment, body)
    assert answer.status_code == 422
    assert 'id="comment-body-error"' in answer.text
    assert all_comments()[0].body == GOOD["body"]


def test_an_author_takes_a_comment_back(client, article, comment, published):
    approve(comment)
    make_comment(article, parent=comment, body="An answer to it.")
    published.clear()
    assert GOOD["body"] in client.get(f"/comments/mine/{comment.id}/delete").text
    answer = client.post(f"/comments/mine/{comment.id}/delete")
    assert (answer.status_code, answer.location) == (303, "/comments/mine")
    page = client.get(f"/articles/{article.slug}").text
    assert GOOD["body"] not in page
    assert "An answer to it." in page
    row = repr(db.session.execute(db.text("SELECT * FROM comment ORDER BY id LIMIT 1")).one())
    assert "uth" not in row
    assert published == [CommentWithdrawn(comment.id)]
    assert client.post(f"/comments/mine/{comment.id}/delete").status_code == 404


def test_another_comment_can_not_be_edited_or_deleted(client, app, article, comment):
    other = app.test_client()
    post(other, article, author="Eve", email="eve@example.org", body="Mine is another one.")
    make_comment(article)  # which came with an import, and is nobody's
    strangers = (app.test_client(), other, sign_in(app.test_client(), make_account("owner")))
    forged = app.test_client()
    forged.set_cookie("commenter", "bm90IG91cnM.made.up")
    for stranger in (*strangers, forged):
        for target in (comment, all_comments()[-1]):
            for path in (f"/comments/mine/{target.id}", f"/comments/mine/{target.id}/delete"):
                assert stranger.get(path).status_code == 404
                assert stranger.post(path, data={"body": "Taken over."}).status_code == 404
    assert all_comments()[0].body == GOOD["body"]
    assert len([each for each in all_comments() if each.state != State.ERASED]) == 3


def test_the_same_words_sent_by_a_stranger_open_nothing(client, app, article, comment):
    """A double click gets the first comment back; a stranger who copies it gets no right to it."""
    copier = app.test_client()
    post(copier, article)
    assert len(all_comments()) == 1
    assert copier.get_cookie("commenter") is None
    assert change(copier, comment).status_code == 404
    post(client, article)
    assert change(client, comment).status_code == 303


def test_the_key_in_the_cookie_is_for_us_alone(client, comment):
    cookie = client.get_cookie("commenter")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert comment.edit_key not in cookie.value
    assert len(comment.edit_key) == 64


def test_an_account_opens_its_comments_in_every_browser(client, app, article):
    account = make_account()
    sign_in(client, account)
    post(client, article, author="", email="")
    [comment] = all_comments()
    assert (comment.author_name, comment.email) == (account.name, account.email)
    elsewhere = sign_in(app.test_client(), account)
    assert change(elsewhere, comment).status_code == 303
    assert client.get_cookie("commenter") is None


def test_a_verified_address_opens_what_was_sent_with_it_before(app, article, comment):
    known = sign_in(app.test_client(), make_account(email=GOOD["email"]))
    assert known.post(f"/comments/mine/{comment.id}/delete").status_code == 303


def test_nobody_is_let_off_the_name_without_signing_in(client, article):
    assert post(client, article, author="", email="").status_code == 422


def test_many_comments_come_by_the_page(client, article, comment):
    key = comment.edit_key
    for number in range(25):
        make_comment(article, body=f"Number {number}.")
    with unit_of_work():
        db.session.execute(db.update(Comment).values(edit_key=key))
    first = client.get("/comments/mine").text
    assert "Number 24." in first
    assert GOOD["body"] not in first
    assert client.get("/comments/mine?after=nonsense").status_code == 404


def test_a_new_text_does_not_undo_how_the_first_one_was_sent(client, article):
    make_known(article)
    post(client, article, website="filled by a program")
    change(client, all_comments()[-1])
    trapped = all_comments()[-1]
    assert (trapped.body, trapped.state) == ("I would call it a truce.", State.SPAM)
    assert [each["check"] for each in trapped.evidence].count("honeypot") == 1


def test_what_was_taken_back_while_a_change_was_judged_stays_empty(client, comment, monkeypatch):
    """A change rests on the row as it is in its own unit of work."""

    def judged_slowly(draft):
        with unit_of_work():
            own_comments.withdraw_own(db.session.get_one(Comment, draft.comment_id))
        return judge(draft)

    monkeypatch.setattr(own_pages, "judge", judged_slowly)
    answer = change(client, comment)
    db.session.expire_all()
    assert answer.status_code == 422
    assert "was deleted" in answer.text
    assert (comment.state, comment.body, comment.body_html) == (State.ERASED, "", "")
    assert change(client, comment).status_code == 404


def test_what_waits_stands_in_its_place_for_its_author_alone(client, app):
    article = make_article()
    path = f"/articles/{article.slug}"
    old = make_comment(article, body="Long ago.", posted_at=clock.now() - timedelta(days=2))
    make_comment(article, body="In a day.", posted_at=clock.now() + timedelta(days=1))
    everyones = app.test_client().get(path)
    post(client, article, body="My own thread.")
    post(client, article, body="My own reply.", parent=old.id)
    client.get(path)  # the message is said
    mine = client.get(path)
    assert mine.headers["Cache-Control"] == "private, no-store"
    words = ("In a day.", "My own thread.", "Long ago.", "My own reply.")
    places = [mine.text.index(each) for each in words]
    assert places == sorted(places)
    assert mine.text.count("Only you see this") == 2
    oldest = client.get(f"{path}?sort=oldest").text
    assert oldest.index("Long ago.") < oldest.index("My own thread.") < oldest.index("In a day.")
    for _ in range(2):  # made for nobody in particular, and kept
        assert app.test_client().get(path).data == everyones.data
    first, second = all_comments()[-2:]
    with unit_of_work():
        decisions.reject(first, by=None)
        decisions.mark_spam(second, by=None)
    assert "My own" not in client.get(path).text
    assert client.get(path).headers["Cache-Control"].startswith("public")


def test_what_waits_on_another_page_of_the_threads_is_not_shown_on_this_one(client, monkeypatch):
    monkeypatch.setattr(threads, "PAGE_SIZE", 2)
    article = make_article()
    path = f"/articles/{article.slug}"
    for number in range(3):
        make_comment(article, body=f"Thought {number}.")
    post(client, article, body="My own thread.")
    client.get(path)
    page = client.get(path).text
    assert "My own thread." in page
    following = re.search(r'href="([^"]*comments=[^"]*)"', page)[1].replace("&amp;", "&")
    assert "My own thread." not in client.get(following).text
    assert "My own thread." not in client.get(f"{path}?sort=oldest").text
