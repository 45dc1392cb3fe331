"""Who asked for answers gets them by mail: once each, after somebody read them, until she leaves."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from shop.blueprints.comments import decisions
from shop.blueprints.comments.replies import watches
from shop.blueprints.comments.replies.models import ReplyWatch
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import GOOD, all_comments, make_article, post

BO = {"author": "Bo", "email": "bo@example.net", "body": "The tin opener stays with me."}


@pytest.fixture
def article(app):
    return make_article(title="The tin opener")


@pytest.fixture
def approved(client, article, run_jobs, outbox):
    """Ruth's comment, sent with the box ticked, and approved."""
    post(client, article, answers="y")
    return approve(all_comments()[-1], run_jobs)


def approve(comment, run_jobs):
    with unit_of_work():
        decisions.approve(comment, by=None)
    run_jobs()
    return comment


def links(message):
    body = message.get_body(("plain",)).get_content()
    return [urlsplit(link).path for link in re.findall(r"https?://\S+", body)]


def confirm(client, message):
    path = next(path for path in links(message) if "/answers/confirm/" in path)
    return client.post(path)


def answer(app, article, parent, run_jobs, client=None, **fields):
    post(client or app.test_client(), article, parent=parent.id, **{**BO, **fields})
    return approve(all_comments()[-1], run_jobs)


def test_nobody_is_mailed_before_somebody_has_read_the_comment(client, article, run_jobs, outbox):
    post(client, article, answers="y")
    run_jobs()
    assert outbox.messages == []
    with unit_of_work():
        decisions.mark_spam(all_comments()[0], by=None)
    run_jobs()
    assert outbox.messages == []


def test_without_the_tick_nobody_is_mailed(app, client, article, run_jobs, outbox):
    post(client, article)
    answer(app, article, approve(all_comments()[0], run_jobs), run_jobs)
    assert outbox.messages == []


def test_an_address_says_yes_once_and_then_hears_of_answers(
    app, client, article, approved, run_jobs, outbox
):
    [asking] = outbox.messages
    assert asking["To"] == GOOD["email"]
    assert confirm(client, asking).status_code == 303
    answer(app, article, approved, run_jobs)
    _, told = outbox.messages
    assert told["To"] == GOOD["email"]
    assert told["Subject"] == "Bo replied on “The tin opener”"
    assert BO["body"] in told.get_body(("plain",)).get_content()
    assert f"/comments/{all_comments()[-1].id}" in links(told)
    assert BO["email"] not in told.as_string()


def test_before_the_yes_nothing_comes_but_the_question(
    app, client, article, approved, run_jobs, outbox
):
    answer(app, article, approved, run_jobs)
    assert len(outbox.messages) == 1


def test_an_answer_is_told_of_once_and_only_when_readers_see_it(
    app, client, article, approved, run_jobs, outbox
):
    confirm(client, outbox.messages[0])
    post(app.test_client(), article, parent=approved.id, **BO)
    reply = all_comments()[-1]
    run_jobs()
    assert len(outbox.messages) == 1
    for verb in (decisions.approve, decisions.reject, decisions.approve):
        with unit_of_work():
            verb(reply, by=None)
        run_jobs()
    assert len(outbox.messages) == 2


def test_whoever_answers_is_not_told_of_it(app, client, article, approved, run_jobs, outbox):
    confirm(client, outbox.messages[0])
    answer(app, article, approved, run_jobs, email=GOOD["email"].upper())
    answer(app, article, approved, run_jobs, client=client, email="ruth@elsewhere.example")
    assert len(outbox.messages) == 1


def test_one_who_answered_hears_of_the_next_answer_in_the_thread(
    app, client, article, approved, run_jobs, outbox
):
    bo = app.test_client()
    answer(app, article, approved, run_jobs, client=bo, answers="y")
    confirm(bo, outbox.messages[-1])
    answer(app, article, approved, run_jobs, client=client, **GOOD, answers="y")
    assert [message["To"] for message in outbox.messages[2:]] == [BO["email"]]


def test_the_same_browser_is_not_asked_again(app, client, article, approved, run_jobs, outbox):
    confirm(client, outbox.messages[0])
    post(client, article, body="And another thought.", answers="y")
    second = approve(all_comments()[-1], run_jobs)
    assert len(outbox.messages) == 1
    answer(app, article, second, run_jobs)
    assert outbox.messages[-1]["To"] == GOOD["email"]


def test_a_stranger_with_a_confirmed_address_is_not_believed(
    app, client, article, approved, run_jobs, outbox
):
    confirm(client, outbox.messages[0])
    post(app.test_client(), article, body="In her name.", answers="y")
    forged = approve(all_comments()[-1], run_jobs)
    answer(app, article, forged, run_jobs)
    assert len(outbox.messages) == 1


def test_an_accounts_own_address_needs_no_question(app, client, article, run_jobs, outbox):
    account = make_account()
    sign_in(client, account)
    post(client, article, author="", email="", answers="y")
    answer(app, article, approve(all_comments()[-1], run_jobs), run_jobs)
    assert [message["To"] for message in outbox.messages] == [account.email]


def test_mail_programs_can_end_it_with_one_click(app, client, article, approved, run_jobs, outbox):
    confirm(client, outbox.messages[0])
    answer(app, article, approved, run_jobs)
    told = outbox.messages[-1]
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = urlsplit(told["List-Unsubscribe"].strip("<>")).path
    done = app.test_client().post(
        address,
        data={"List-Unsubscribe": "One-Click"},
        headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert done.status_code == 200
    assert "Location" not in done.headers
    answer(app, article, approved, run_jobs, body="One more.")
    assert len(outbox.messages) == 2
    assert "No more emails" in client.get(address).text


def test_unsubscribe_prefetch(client, approved, outbox):
    address = urlsplit(outbox.messages[0]["List-Unsubscribe"].strip("<>")).path
    before = db.session.get(ReplyWatch, approved.id).state
    assert client.get(address).status_code == 200
    db.session.expire_all()
    assert db.session.get(ReplyWatch, approved.id).state == before
    assert client.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(address).status_code == 303
    assert db.session.get(ReplyWatch, approved.id).state == "left"


def test_confirm_prefetch(client, approved, outbox):
    for path in links(outbox.messages[0]):
        client.get(path)
        client.head(path)
    assert db.session.get(ReplyWatch, approved.id).state == "pending"


def test_list_bombing(app, article, run_jobs, outbox):
    """Many approved comments in one address's name: one question a day."""
    for number in range(6):
        post(app.test_client(), article, body=f"Thought number {number}.", answers="y")
        approve(all_comments()[-1], run_jobs)
    assert [message["To"] for message in outbox.messages] == [GOOD["email"]]


def test_enumeration(app, client, article, approved, outbox):
    confirm(client, outbox.messages[0])
    said = [
        post(app.test_client(), article, email=email, body=f"From {email}", answers="y")
        for email in (GOOD["email"], "nobody@example.net")
    ]
    assert [(each.status_code, each.location) for each in said] == [
        (303, f"/articles/{article.slug}#comments")
    ] * 2
    assert len({each.text for each in said}) == 1


def test_a_link_of_yesterweek_has_expired(client, approved, outbox, monkeypatch):
    [path] = [path for path in links(outbox.messages[0]) if "/confirm/" in path]
    monkeypatch.setattr(watches, "CONFIRM_SECONDS", -1)
    assert client.get(path).status_code == 410
    assert client.post(path).status_code == 410
    assert client.get("/comments/answers/confirm/made-up").status_code == 404
    assert client.get("/comments/answers/leave/made-up").status_code == 404


def test_mail_placeholder_and_markup_in_an_answer_stay_what_they_are(
    app, client, article, approved, run_jobs, outbox
):
    confirm(client, outbox.messages[0])
    words = "{{7*7}} {x.__class__} <script>alert(1)</script>"
    answer(app, article, approved, run_jobs, body=words, author="{{7*7}} <b>Bo</b>")
    told = outbox.messages[-1]
    assert told["Subject"].startswith("{{7*7}} <b>Bo</b> replied")
    assert words in told.get_body(("plain",)).get_content()
    assert "<script>" not in told.get_body(("html",)).get_content()


def test_what_was_never_answered_is_forgotten(app, approved, outbox, monkeypatch):
    now = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: now)
    with unit_of_work():
        watches.forget_old_watches()
    assert db.session.get(ReplyWatch, approved.id) is None
