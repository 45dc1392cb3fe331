"""Near-duplicates find each other, whatever names, numbers and spellings they change; and what follows from it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert

from shop.blueprints.comments import decisions
from shop.blueprints.comments.authors import services as own_comments
from shop.blueprints.comments.judging import campaigns
from shop.blueprints.comments.judging.learning import lessons
from shop.blueprints.comments.judging.models import Band, Print
from shop.blueprints.comments.judging.prints import BANDS
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation.queue import bulk
from shop.blueprints.comments.reasons import reason_in_words
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.comments.test_queue import explain
from tests.factories.campaigns import make_campaign, variations
from tests.factories.comments import GOOD, all_comments, make_article, make_comment, post
from tests.factories.queue import pile

FIVE = list(variations(5, seed=3))


def send(client, article, number):
    each = FIVE[number]
    post(client, article, author=each.author, email=each.email, body=each.body)
    return all_comments()[-1]


def call_spam(comments):
    with unit_of_work():
        decisions.decide(comments, State.SPAM, by=None)


def test_two_hundred_variations_are_one_campaign_and_honest_comments_none(app):
    article = make_article()
    honest = [make_comment(article, body=f"{GOOD['body']} {number}") for number in range(3)]
    sent = make_campaign(article, 200)
    db.session.expire_all()
    [key] = {comment.campaign for comment in sent}
    assert campaigns.members(key, State.WAITING) == [comment.id for comment in sent]
    assert key not in {comment.campaign for comment in honest}


def test_one_that_is_like_two_campaigns_makes_them_one(app, monkeypatch):
    article = make_article()
    monkeypatch.setattr(campaigns, "NEAR", 1.1)
    first = make_campaign(article, 4, seed=1)
    assert {comment.campaign for comment in first} == {None}
    with unit_of_work():
        for comment, key in zip(first, ("c7", "c7", "c9", None), strict=True):
            comment.campaign = key
    monkeypatch.setattr(campaigns, "NEAR", 0.45)
    last = make_campaign(article, 1, seed=1)
    db.session.expire_all()
    assert {comment.campaign for comment in [*first, *last]} == {"c7"}


def test_a_changed_or_erased_comment_leaves_its_campaign(app):
    article = make_article()
    first, second, third = make_campaign(article, 3)
    with unit_of_work():
        second.body = (
            "I have thought better of it, and would rather ask how the list was kept in the end."
        )
        campaigns.forget_print(second)
        campaigns.enrol_print(second)
        own_comments.erase(third.email)
    db.session.expire_all()
    assert first.campaign
    assert (second.campaign, third.campaign) == (None, None)
    assert db.session.query(Print).count() == 2
    assert third.id not in set(db.session.scalars(db.select(Band.comment_id)))


@pytest.mark.parametrize(("confirmed", "state"), [(2, State.WAITING), (3, State.SPAM)])
def test_a_copy_of_three_confirmed_is_refused_of_two_it_waits(client, confirmed, state):
    article = make_article()
    call_spam([send(client, article, number) for number in range(confirmed)])
    comment = send(client, article, 4)
    assert comment.state == state
    said = f"Nearly the same as {confirmed} comments that were marked as spam here"
    assert said in [reason_in_words(each["reason"]) for each in comment.evidence]


def test_only_what_people_here_confirmed_and_did_not_take_back_refuses(client):
    article = make_article()
    make_campaign(article, 5, State.SPAM, seed=3)  # brought in: somebody else's decisions
    assert send(client, article, 0).state == State.WAITING
    mistaken = [send(client, article, number) for number in range(1, 4)]
    with unit_of_work():
        batch = decisions.decide(mistaken, State.SPAM, by=None).batch
    with unit_of_work():
        bulk.undo_batch(batch, by=None)
    assert send(client, article, 4).state == State.WAITING


def test_short_words_are_never_refused_for_being_said_before(client):
    article = make_article()
    words = "Thank you, I needed this so much today, really, thank you all."
    for number in range(4):
        post(client, article, author=f"Reader {number}", email=f"r{number}@example.org", body=words)
        call_spam(all_comments())
    post(client, article, body=words)
    comment = all_comments()[-1]
    assert comment.state == State.WAITING
    assert not any(each["is_conclusive"] for each in comment.evidence)


def test_what_was_refused_by_the_site_confirms_nothing(client, run_jobs):
    article = make_article()
    post(client, article, website="x", body=FIVE[0].body)
    run_jobs()
    assert all_comments()[0].state == State.SPAM
    assert lessons.experience().lessons == 0
    assert send(client, article, 1).state == State.WAITING


def test_copies_are_found_by_index_at_any_size(app):
    """Each band is a range of its index, a campaign's spam too; no comment is looked at for being there."""
    make_campaign(make_article(), 30, State.SPAM)
    others = pile(make_article(), 400, State.SPAM)
    with unit_of_work() as session:
        session.execute(insert(Print), [{"comment_id": each, "bins": b""} for each in others])
    bands = {f"band_{number}": number for number in range(BANDS)}
    for statement in (
        campaigns._MEETING.params(bands),
        campaigns._spam(Comment.campaign == "c1"),
        campaigns._spam(Comment.id.in_([1, 2])),
    ):
        plan = explain(statement)
        assert not re.search(r"Seq Scan|SCAN (?:comment|comment_\w+)\b(?! USING)", plan), plan
    assert "ix_comment_campaign" in explain(campaigns._spam(Comment.campaign == "c1"))
