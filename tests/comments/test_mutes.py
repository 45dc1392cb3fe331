"""Rules of moderators: what they catch, what they would have caught, and that they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from shop.blueprints.comments.addresses import network_of
from shop.blueprints.comments.authors.services import draft_with
from shop.blueprints.comments.judging.panel import judge
from shop.blueprints.comments.models import State
from shop.blueprints.comments.moderation.models import Mute, MuteKind
from shop.blueprints.comments.moderation.mutes import check, rules
from shop.blueprints.comments.reasons import reason_in_words
from shop.blueprints.comments.settings import CommentSettings
from shop.core import clock, settings
from shop.core.app_state import app_state
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.types import CommentDraft
from tests.effort import TENTH_OF_A_SECOND, effort
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import all_comments, make_article, make_comment, make_known, post

MUTES = "/admin/comments/mutes"


@pytest.fixture
def article(app):
    return make_article()


@pytest.fixture
def desk(client):
    """The browser of a moderator."""
    return sign_in(client, make_account("moderator", name="Mia"))


def make_mute(kind, value, **values):
    """A rule that somebody made."""
    given = {"is_spam": False, "note": "", "expires_at": None, "by": None}
    with unit_of_work():
        return rules.mute(rules.rule_of(MuteKind(kind), value), **{**given, **values})


def said_of(**values):
    """What the rules say of a draft."""
    given = {
        "article_id": 1,
        "author": "Ruth Abelson",
        "email": "ruth@mail.shop.example",
        "body": "The seventh key is a ceasefire.",
        "parent_id": None,
        "address_key": "",
        "seconds_to_write": None,
        "honeypot": "",
    }
    return list(check.Muted().judge(CommentDraft(**{**given, **values})))


@pytest.mark.parametrize(
    ("kind", "value", "caught"),
    [
        ("email", "RUTH@mail.shop.example", True),
        ("email", "ruth@shop.example", False),
        ("domain", "shop.example", True),
        ("domain", "@Mail.Shop.Example", True),
        ("domain", "hop.example", False),
        ("name", "  ruth   ABELSON ", True),
        ("name", "ruth", False),
        ("phrase", "seventh KEY", True),
        ("phrase", "ｓｅｖｅｎｔｈ\u200b key", True),
        ("phrase", "abelson", True),
        ("phrase", "eighth key", False),
    ],
)
def test_a_rule_catches_what_it_says(app, kind, value, caught):
    make_mute(kind, value)
    assert bool(said_of()) is caught


@pytest.mark.parametrize("kind", ["email", "domain"])
def test_a_trial_reads_an_address_as_the_rule_will(app, article, kind):
    make_comment(article, email="ruth@ｍail.shop.example")
    value = "ruth@mail.shop.example"
    assert rules.trial(rules.rule_of(MuteKind(kind), value)).count == 1


def test_a_range_catches_its_neighbours_and_keeps_no_address(app, client, article):
    make_mute("network", "203.0.113.0/24")
    make_mute("address", "198.51.100.7")
    for address in ("203.0.113.99", "198.51.100.7", "198.51.100.8"):
        client.environ_base["REMOTE_ADDR"] = address
        post(
            client,
            article,
            body=f"From {address[-3:]}, with a thought of its own.",
            email=f"a{address[-1]}@example.org",
        )
    assert [
        any(each["check"] == "mutes" for each in found.evidence) for found in all_comments()
    ] == [
        True,
        True,
        False,
    ]
    stored = [
        value for mute in db.session.scalars(select(Mute)) for value in (mute.key, mute.shown)
    ]
    assert not any("203.0" in each or "198.51" in each for each in stored)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.99", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.99", "203.0.113.0/24"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_the_network_around_an_address(address, network):
    assert network_of(address) == network


def test_by_default_a_rule_holds_and_its_maker_may_want_more(app, client, article):
    make_mute("phrase", "love spell", note="the priest")
    make_mute("phrase", "phone hacking", is_spam=True)
    post(client, article, body="A love spell, they said, and I laughed.")
    post(client, article, body="A phone hacking business wrote to me today.")
    assert [each.state for each in all_comments()] == [State.WAITING, State.SPAM]
    reasons = [reason_in_words(each["reason"]) for each in all_comments()[0].evidence]
    assert "Muted by the command line: love spell" in reasons


def test_a_rule_holds_whoever_was_approved_before(app, client, article):
    make_known(article)
    post(client, article, body="I have thought about the fourth key again since then.")
    make_mute("email", "ruth@example.org")
    with unit_of_work():
        settings.change(CommentSettings, {"highest_score": 20})
    post(client, article, body="And what of the seventh, which nobody here has mentioned?")
    assert [each.state for each in all_comments()] == [*["approved"] * 3, "waiting"]


def test_a_rule_ends_by_itself_and_may_then_be_made_anew(app):
    make_mute("name", "Ruth Abelson", expires_at=clock.now() - timedelta(seconds=1))
    assert not said_of()
    make_mute("name", "Ruth Abelson")
    assert said_of()
    with pytest.raises(Refused):
        make_mute("name", "ruth abelson")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "no address"),
        ("domain", "nodot"),
        ("domain", ""),
        ("name", " \u200b "),
        ("phrase", "ab"),
        ("phrase", "x" * 400),
        ("address", "300.1.2.3"),
        ("network", "203.0.113.0/23"),
        ("network", "2001:db8::/32"),
        ("network", "203.0.113.0/99"),
    ],
)
def test_what_is_no_rule_is_refused_with_a_reason(desk, kind, value):
    answer = desk.post(MUTES, data={"kind": kind, "value": value, "lasts": "7", "verb": "mute"})
    assert answer.status_code == 422
    assert 'class="field__error"' in answer.text
    assert db.session.scalar(select(Mute.id)) is None


def test_a_rule_is_tried_before_it_is_made(desk, article):
    make_comment(article, State.SPAM, body="Buy a love spell now")
    make_comment(article, State.APPROVED, body="They offered me a Love  Spell once")
    make_comment(article, State.APPROVED, body="Small promises")
    rule = {"kind": "phrase", "value": "love spell", "lasts": "7"}
    page = desk.post(MUTES, data={**rule, "verb": "try"}).text
    assert "Of the last 3 comments, this would have caught 2" in page
    assert "Spam 1" in page
    assert "Published 1" in page
    assert "Is the rule too broad?" in page
    assert "Small promises" not in page
    assert db.session.scalar(select(Mute.id)) is None
    page = desk.post(MUTES, data={**rule, "verb": "mute"}, follow_redirects=True).text
    assert "love spell" in page
    made = db.session.scalar(select(Mute))
    assert made.made_by_name == "Mia"
    assert timedelta(days=6) < made.expires_at - clock.now() <= timedelta(days=7)
    end = f"{MUTES}/{made.id}/end"
    desk.post(end)
    assert db.session.scalar(select(Mute.id)) is None
    assert desk.post(end).status_code == 404


def test_where_a_comment_came_from_is_muted_without_knowing_it(app, client, desk, article):
    stranger = app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.99"
    post(stranger, article)
    [comment] = all_comments()
    assert f'value="{comment.email}"' in desk.get(f"{MUTES}?like={comment.id}").text
    rule = {"kind": "network", "value": "", "lasts": "", "like": str(comment.id), "verb": "mute"}
    assert desk.post(MUTES, data=rule).status_code == 303
    assert said_of(network_key=comment.network_key)
    assert desk.post(MUTES, data={**rule, "like": "999"}).status_code == 422


def test_a_rule_takes_no_time_however_long_the_text(app):
    make_mute("phrase", "a" * 300 + "b")
    assert effort(lambda: said_of(body="a" * 100_000)) < TENTH_OF_A_SECOND


def test_the_check_is_asked(app):
    make_mute("name", "Ruth Abelson")
    draft = CommentDraft(1, "Ruth Abelson", "r@example.org", "Yes, indeed.", None, "", None, "")
    assert "mutes" in {each.check for each in judge(draft).findings}


def test_asking_the_rules_costs_no_query(app):
    make_mute("domain", "shop.example")
    make_mute("phrase", "seventh key")
    assert len(said_of()) == 2
    with app.app_context():
        assert len(said_of()) == 2
        assert not db.session.registry.has() or not db.session().in_transaction()


def test_rules_that_nobody_could_read_yet_leave_the_comment_to_a_person(app, article, monkeypatch):
    def away(*_args):
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    app_state().answers.pop(rules.TAG, None)
    monkeypatch.setattr(check, "_load", away)
    found = judge(draft_with(make_comment(article), "I would call it a truce."))
    assert [each.check for each in found.findings if each.is_unsure] == ["mutes"]


def test_a_rule_that_was_ended_catches_nothing_from_then_on(app):
    made = make_mute("email", "ruth@mail.shop.example")
    assert len(said_of()) == 1
    with unit_of_work():
        rules.unmute(made.id, by=None)
    assert said_of() == []
