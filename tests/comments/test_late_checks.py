"""Checks that ask the net: until they have answered, a person decides; then the comment comes to its place."""

from __future__ import annotations

import pytest

from shop.blueprints.comments import decisions
from shop.blueprints.comments.models import State
from shop.blueprints.comments.reasons import reason_in_words
from shop.blueprints.comments.settings import CommentSettings
from shop.core import settings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import Evidence
from tests.factories.accounts import make_account
from tests.factories.comments import GOOD, all_comments, make_article

CLEAN = ()
HELD = (Evidence("Looks bought", 5, holds=True),)
FACT = (Evidence("Known elsewhere as spam", 50, is_conclusive=True),)


class Elsewhere:
    """A late check that says what it is told to."""

    name = "elsewhere"
    said: tuple[Evidence, ...] = CLEAN
    is_away = False
    asked = 0

    def judge(self, draft):
        self.asked += 1
        assert draft.body == GOOD["body"]
        if self.is_away:
            raise ConnectionError
        return self.said


@pytest.fixture
def elsewhere(app, monkeypatch):
    check = Elsewhere()
    monkeypatch.setattr(registry(), "late_comment_checks", [check])
    with unit_of_work():
        settings.change(CommentSettings, {"hold_first_time": False})
    return check


def sent(client):
    client.post(f"/articles/{make_article().slug}/comments", data=GOOD)
    (comment,) = all_comments()
    return comment


@pytest.mark.parametrize(
    ("said", "place"), [(CLEAN, State.APPROVED), (HELD, State.WAITING), (FACT, State.SPAM)]
)
def test_a_comment_waits_until_a_late_check_has_answered(
    client, elsewhere, run_jobs, published, said, place
):
    elsewhere.said = said
    comment = sent(client)
    assert comment.state == State.WAITING
    assert [reason_in_words(each["reason"]) for each in comment.evidence if each["is_unsure"]] == [
        "Still being checked: elsewhere"
    ]
    run_jobs()
    db.session.expire_all()
    assert (comment.state, elsewhere.asked) == (place, 1)
    found = [
        reason_in_words(each["reason"]) for each in comment.evidence if each["check"] == "elsewhere"
    ]
    assert found == [each.reason for each in said]


def test_a_late_check_that_fails_leaves_the_comment_to_a_person(client, elsewhere, run_jobs):
    elsewhere.is_away = True
    comment = sent(client)
    run_jobs()
    db.session.expire_all()
    assert (comment.state, elsewhere.asked) == (State.WAITING, 1)


def test_what_a_person_decided_meanwhile_stands(client, elsewhere, run_jobs):
    elsewhere.said = FACT
    comment = sent(client)
    with unit_of_work():
        decisions.decide_ids([comment.id], State.APPROVED, by=make_account("moderator"))
    run_jobs()
    db.session.expire_all()
    assert (comment.state, elsewhere.asked) == (State.APPROVED, 0)
