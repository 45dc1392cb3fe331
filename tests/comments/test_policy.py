"""Who is published at once, who waits, what is refused.

Promise 3 of the house: a comment is never lost and never published by a failure; no model rejects by itself.
"""

from __future__ import annotations

import threading
from array import array
from datetime import timedelta

import pytest
import time_machine

from shop.blueprints.comments import decisions, tallies
from shop.blueprints.comments.judging import panel, policy, standing
from shop.blueprints.comments.judging.learning import lessons
from shop.blueprints.comments.judging.learning.classifier import Classifier
from shop.blueprints.comments.judging.learning.experience import Experience
from shop.blueprints.comments.judging.learning.features import BUCKETS
from shop.blueprints.comments.models import State
from shop.blueprints.comments.reasons import reason_in_words
from shop.blueprints.comments.settings import CommentSettings
from shop.core import clock, settings
from shop.core.unit_of_work import unit_of_work
from shop.plugins.types import Evidence
from tests.comments.test_evidence import DEMO, TALES
from tests.comments.test_judging import (  # noqa: F401 - a fixture
    Fails,
    Hangs,
    Nonsense,
    draft,
    with_check,
)
from tests.factories.campaigns import variations
from tests.factories.comments import (
    GOOD,
    all_comments,
    make_article,
    make_comment,
    make_known,
    post,
)

GENRE = ("love-spell", "phone-hacker", "campaign")
KNOWN = {"author": GOOD["author"], "email": GOOD["email"]}


@pytest.fixture
def article(app):
    """With approved comments, from two days, of the person who posts next."""
    found = make_article()
    make_known(found)
    return found


def change(**values):
    with unit_of_work():
        settings.change(CommentSettings, values)


def said(client, article, **fields):
    """The state in which a known person's comment begins."""
    post(client, article, **fields)
    return all_comments()[-1].state


class Says:
    name = "says"

    def __init__(self, *evidence):
        self.evidence = evidence

    def judge(self, draft):
        return self.evidence


def test_who_is_new_waits_whatever_is_said_and_who_is_known_is_published(client, article):
    assert said(client, article, author="Somebody else") == State.WAITING
    assert said(client, article, email="other@example.org") == State.WAITING
    assert said(client, article) == State.APPROVED
    change(hold_first_time=False)
    assert said(client, article, author="New", email="new@example.org") == State.APPROVED
    change(hold_all=True)
    assert said(client, article, body="Another thought of mine.") == State.WAITING


def test_approvals_on_two_days_make_someone_known(client, app):
    """The control: another approval on the same day changes nothing, one of the next day does."""
    article, first_day = make_article(), clock.now()

    def approved(number, moment):
        with time_machine.travel(moment, tick=False):
            post(client, article, body=f"Thought number {number}.")
            comment = all_comments()[-1]
            begins = comment.state
            with unit_of_work():
                decisions.approve(comment, by=None)
        return begins

    assert approved(1, first_day) == State.WAITING
    assert approved(2, first_day) == State.WAITING
    assert said(client, article, body="Still the same day.") == State.WAITING
    change(days_until_known=1)
    assert said(client, article, body="One day is enough now.") == State.APPROVED
    change(days_until_known=2)
    assert said(client, article, body="What nobody read vouches for nothing.") == State.WAITING
    assert approved(3, first_day + timedelta(days=1)) == State.WAITING
    assert said(client, article, body="Known by now.") == State.APPROVED


def test_who_is_known_publishes_no_testimonial(app, article):
    """First innocent and approved, then the seed's own genre from the same name and address.

    The controls: the same person's harmless comment is published, and the sum, in which good points count, would have
    let some of them through.
    """
    for comment in all_comments():
        with unit_of_work():
            standing.count_decision(standing.keys_of(comment), -1, 1)
    bodies = [row["body"] for row in DEMO.values() if row["id"].startswith(GENRE)]
    bodies += [*TALES, *(each.body for each in variations(20, seed=3))]
    judged = [panel.judge(draft(body=body, **KNOWN)) for body in bodies]
    assert all(policy.would_hold(each) for each in judged)
    assert any(each.score <= 1 for each in judged)
    harmless = draft(body="I would still call it a ceasefire.", **KNOWN)
    assert policy.first_state(harmless, panel.judge(harmless)) == State.APPROVED


def test_what_holds_even_who_is_known(client, article):
    for body in (
        "See https://example.org/",
        "Ring me on +49 170 1234567.",
        "He cured me of herpes, that herbalist, and he is reliable.",
    ):
        assert said(client, article, body=body) == State.WAITING, body


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        ([Evidence("a little", 1)], State.APPROVED),
        ([Evidence("more", 2)], State.WAITING),
        ([Evidence("much", 3), Evidence("but good", -9)], State.WAITING),
        ([Evidence("a number", 0, holds=True)], State.WAITING),
        ([Evidence("a fact", 0, is_conclusive=True)], State.SPAM),
    ],
)
def test_points_against_add_up_and_facts_decide(client, article, with_check, evidence, state):  # noqa: F811
    with_check(Says(*evidence))
    assert said(client, article) == state


def test_the_owner_says_how_many_points_and_links_hold(client, article, with_check):  # noqa: F811
    with_check(Says(Evidence("more", 2)))
    change(highest_score=5)
    assert said(client, article) == State.APPROVED
    assert said(client, article, body="https://example.org/") == State.WAITING
    change(links_published=1)
    assert said(client, article, body="https://example.org/b") == State.APPROVED


def test_a_list_of_links_is_given_back_and_nothing_is_lost(client, article):
    change(links_allowed=2)
    body = "a https://a.example b https://b.example c https://c.example"
    answer = post(client, article, body=body)
    assert answer.status_code == 422
    assert "at most 2 links" in answer.text
    assert body in answer.text
    assert len(all_comments()) == 2  # those that make the sender known


def test_why_it_waits_is_said_in_kind_words(client, article):
    post(client, article, body="Here: https://example.org/")
    page = client.get(f"/articles/{article.slug}").text
    assert "Thanks for your comment. It will appear once it has been approved." in page
    assert "Links are held for review." in page
    post(client, article, author="New", email="new@example.org")
    assert "held for review" not in client.get(f"/articles/{article.slug}").text


@pytest.mark.parametrize("check", [Fails, Nonsense, Hangs])
def test_no_failure_publishes_and_none_loses(client, article, with_check, monkeypatch, check):  # noqa: F811
    """The control: without the failing check the same comment of the same person is published."""
    assert said(client, article, body="The control.") == State.APPROVED
    monkeypatch.setattr(panel, "CHECK_SECONDS", 0.2)
    failing = check()
    with_check(failing)
    assert said(client, article, body="I would still call it a ceasefire.") == State.WAITING
    assert all_comments()[-1].body == "I would still call it a ceasefire."
    getattr(failing, "let_go", threading.Event()).set()


def test_a_crowd_of_hanging_checks_loses_no_comment(client, article, monkeypatch):
    monkeypatch.setattr(panel, "_room", threading.BoundedSemaphore(1))
    panel._room.acquire()
    assert said(client, article) == State.WAITING
    assert all(each["is_unsure"] for each in all_comments()[-1].evidence)


def test_a_slow_check_leaves_time_for_the_others(app, with_check, monkeypatch):  # noqa: F811
    slow = Hangs()
    with_check(slow)
    with_check(Says(Evidence("heard all the same", 0)))
    for seconds in (0.2, 1.0, 5.0):  # a busy machine needs more for those that do not hang
        monkeypatch.setattr(panel, "CHECK_SECONDS", seconds)
        judgement = panel.judge(draft())
        unsure = [each.check for each in judgement.findings if each.is_unsure]
        if unsure == ["hangs"]:
            break
    slow.let_go.set()
    assert unsure == ["hangs"]
    assert "heard all the same" in [reason_in_words(each.reason) for each in judgement.findings]


def test_no_model_rejects_by_itself(client, article, with_check, monkeypatch):  # noqa: F811
    """The control: the same evidence, called a fact, refuses."""
    weights = array("f", [30.0] * BUCKETS)
    certain = Experience(Classifier(weights), weights, 5_000, 5_000, {"en": 0.0})
    monkeypatch.setattr(lessons, "experience", lambda: certain)
    assert said(client, article) == State.WAITING
    comment = all_comments()[-1]
    assert any(each["check"] == "wording" and each["points"] == 3 for each in comment.evidence)
    assert not any(each["is_conclusive"] for each in comment.evidence)
    with_check(Says(Evidence("a fact", 3, is_conclusive=True)))
    assert said(client, article, body="Another one.") == State.SPAM


def test_the_refused_are_kept_thirty_days_with_the_reason_and_can_be_approved(client, app):
    article = make_article()
    for number in range(3):
        post(client, article, website="x", body=f"Number {number}")
    refused, decided, young = all_comments()
    assert (
        reason_in_words(refused.evidence[0]["reason"]) == "Filled in a field that people can’t see"
    )
    with unit_of_work():
        decisions.approve(decided, by=None)
        decisions.mark_spam(decided, by=None)
        for comment in (refused, decided):
            comment.posted_at = clock.now() - timedelta(days=31)
        young.posted_at = clock.now() - timedelta(days=29)
    imported = make_comment(article, State.SPAM, posted_at=clock.now() - timedelta(days=99))
    with unit_of_work():
        policy.forget_refused()
    assert {comment.id for comment in all_comments()} == {decided.id, young.id, imported.id}
    assert tallies.by_state()[State.SPAM] == 3
    with unit_of_work():
        decisions.approve(young, by=None)
    assert "Number 2" in client.get(f"/articles/{article.slug}").text


def test_what_was_refused_is_forgotten_though_its_sender_changed_it(client, app):
    post(client, make_article(), website="x")
    [refused] = all_comments()
    client.post(f"/comments/mine/{refused.id}", data={"body": "Other words."})
    with unit_of_work():
        refused.posted_at = clock.now() - timedelta(days=31)
        assert refused.version == 1
        policy.forget_refused()
    assert all_comments() == []


def test_nothing_is_forgotten_where_the_owner_keeps_all(client, app):
    post(client, make_article(), website="x")
    change(keep_refused_days=0)
    with unit_of_work():
        all_comments()[0].posted_at = clock.now() - timedelta(days=999)
        policy.forget_refused()
    assert len(all_comments()) == 1
