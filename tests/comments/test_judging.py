"""Checks give evidence in words; what fails, hangs or is filled by a robot never publishes anything."""

from __future__ import annotations

import json
import threading
import time

import pytest
from flask_babel import force_locale, lazy_gettext, lazy_ngettext
from flask_babel.speaklater import LazyString

from shop.blueprints.comments import tallies
from shop.blueprints.comments.judging import checks, panel, policy
from shop.blueprints.comments.judging.checks.wording import FURTHEST
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation.queue.cards import reasons_of
from shop.blueprints.comments.reasons import LONGEST_REASON, reason_in_words, to_keep
from shop.blueprints.comments.settings import CommentSettings
from shop.core import settings
from shop.core.app_state import state_of
from shop.core.unit_of_work import unit_of_work
from shop.core.web.warm_up import WarmUp
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.types import CommentDraft, Evidence
from tests.factories.comments import (
    all_comments,
    make_article,
    make_comment,
    make_known,
    post,
)


def draft(**values):
    given = {
        "article_id": 1,
        "author": "Ruth",
        "email": "ruth@example.org",
        "body": "I would call the seventh key a ceasefire.",
        "parent_id": None,
        "address_key": "",
        "seconds_to_write": None,
        "honeypot": "",
    }
    return CommentDraft(**{**given, **values})


def reasons(check, **values):
    return [str(each.reason) for each in check.judge(draft(**values)) if each.reason]


@pytest.fixture
def with_check(app, monkeypatch):
    """Add a check to the application for one test."""

    def add(check):
        shipped = registry().comment_checks
        monkeypatch.setattr(registry(), "comment_checks", [*shipped, check])

    return add


def test_lists_that_cannot_be_read_leave_the_decision_to_a_person(app, monkeypatch):
    """The control: with its lists the same check answers."""

    def missing():
        raise ImportError("no such list")

    assert not panel.judge(draft()).is_unsure
    monkeypatch.setattr(panel, "read_lists", missing)
    monkeypatch.setattr(checks.names, "read_disposable_domains", missing)
    judgement = panel.judge(draft())
    assert judgement.is_unsure
    assert policy.would_hold(judgement)


class Fails:
    name = "fails"

    def judge(self, draft):
        yield Evidence("it began well", -5)
        raise RuntimeError("and then it fell")


STUCK_FOR = 30.0
"""Seconds."""


class Hangs:
    name = "hangs"

    def __init__(self):
        self.let_go = threading.Event()

    def judge(self, draft):
        self.let_go.wait(STUCK_FOR)
        return [Evidence("too late", -100)]


class Nonsense:
    name = "nonsense"

    def judge(self, draft):
        return ["approve it!"]


class AsksTheDatabase:
    name = "asks"

    def judge(self, draft):
        waiting = tallies.by_state()[State.WAITING]
        return [Evidence(f"{waiting} wait", 0)]


class LeavesARowBehind:
    name = "untidy"

    def judge(self, draft):
        db.session.add(Comment())  # no article, no text: it can't be stored
        return [Evidence("left something", 0)]


def test_a_filled_honeypot_is_spam_and_gets_the_same_answer(client):
    article = make_article()
    honest, robot = (
        post(client, article),
        post(client, article, website="http://x.example", body="x"),
    )
    assert (robot.status_code, robot.location) == (honest.status_code, honest.location)
    assert "Thanks for your comment. It will appear" in client.get(f"/articles/{article.slug}").text
    assert [comment.state for comment in all_comments()] == [State.WAITING, State.SPAM]
    assert tallies.by_state()[State.SPAM] == 1


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [
        ("1.5", 1.5),
        ("", None),
        ("-1", None),
        ("NaN", None),
        ("1e9", None),
        ("9" * 20, None),
        ("٣", None),
    ],
)
def test_the_time_to_write_is_read_with_care(client, monkeypatch, seconds, kept):
    seen = []
    monkeypatch.setattr(
        "shop.blueprints.comments.views.judge",
        lambda given: seen.append(given) or panel.Judgement(),
    )
    post(client, make_article(), seconds=seconds)
    assert [given.seconds_to_write for given in seen] == [kept]


def test_evidence_is_stored_in_words(client):
    post(
        client,
        make_article(),
        seconds="1.2",
        body="Text me on WhatsApp: +49 170 1234567 https://x.example",
    )
    [comment] = all_comments()
    assert {reason_in_words(each["reason"]) for each in comment.evidence} >= {
        "Sent 1 second after the page was opened",
        "1 link",
        "Phone number: +49 170 1234567",
        "Mentions a messenger app: “whatsapp”",
        "Asks to be contacted: “text me on”",
    }
    points = sum(each["points"] for each in comment.evidence)
    assert abs(comment.score - points) <= FURTHEST  # what is only likely moves it in the queue
    assert comment.state == State.WAITING


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Nothing in it", ["No links"]),
        ("see https://example.org/a and www.example.org", ["2 links"]),
        ("[here](https://example.org)", ["1 link"]),
        ("[here](//example.org)", ["1 link"]),
    ],
)
def test_links_are_counted(app, body, said):
    with app.test_request_context():
        assert reasons(checks.Links(), body=body) == said


@pytest.mark.parametrize("name", ["www.cheap.example", "https://x.example", "me@example.org"])
def test_an_address_as_a_name_is_said(app, name):
    with app.test_request_context():
        assert "The name is a web address" in reasons(checks.Links(), author=name)


@pytest.mark.parametrize(
    "body",
    [
        "We married in 1994 and moved 3 times, 12 boxes each.",
        "My number is up, said the 8th key. I called him on the stairs.",
        "It took 2 years, 4 months and 12 days; 1,000,000 words.",
        "She said: write to me. I did, for 40 evenings.",
    ],
)
def test_honest_words_hold_no_contact(app, body):
    with app.test_request_context():
        assert reasons(checks.Contacts(), body=body) == []


@pytest.mark.parametrize("check", [Fails, Nonsense])
def test_a_check_that_fails_counts_as_unsure(client, with_check, check):
    with_check(check())
    with unit_of_work():
        settings.change(CommentSettings, {"hold_all": False})
    article = make_article()
    make_known(article)
    assert post(client, article).status_code == 303
    comment = all_comments()[-1]
    assert comment.state == State.WAITING
    unsure = [each for each in comment.evidence if each["is_unsure"]]
    assert [(each["check"], each["points"]) for each in unsure] == [(check.name, 0)]
    assert reason_in_words(unsure[0]["reason"]) == f"This check failed: {check.name}"


def test_a_check_that_hangs_counts_as_unsure_and_nobody_waits_long(app, with_check, monkeypatch):
    hangs = Hangs()
    with_check(hangs)
    for patience in (0.2, 1.0, 5.0):  # a busy machine needs more for those that do not hang
        monkeypatch.setattr(panel, "PATIENCE_SECONDS", patience)
        began = time.monotonic()
        judgement = panel.judge(draft())
        took = time.monotonic() - began
        unsure = [each.check for each in judgement.findings if each.is_unsure]
        if unsure == ["hangs"]:
            break
    hangs.let_go.set()
    assert took < STUCK_FOR / 3
    assert judgement.is_unsure
    assert unsure == ["hangs"]
    assert "No links" in [reason_in_words(each.reason) for each in judgement.findings]


def test_hanging_checks_do_not_pile_up(app, with_check, monkeypatch):
    monkeypatch.setattr(panel, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(panel, "_room", threading.BoundedSemaphore(6))
    hangs = Hangs()
    with_check(hangs)
    before = threading.active_count()
    for _ in range(10):
        assert panel.judge(draft()).is_unsure
    assert threading.active_count() - before <= 6
    hangs.let_go.set()


def test_a_check_may_ask_the_database(app, with_check):
    with_check(AsksTheDatabase())
    make_comment(make_article(), State.WAITING)
    db.session.rollback()
    assert "1 wait" in [reason_in_words(each.reason) for each in panel.judge(draft()).findings]


def test_what_a_check_leaves_in_its_session_does_not_reach_the_next(app, with_check):
    with_check(LeavesARowBehind())
    with_check(AsksTheDatabase())
    judgement = panel.judge(draft())
    assert "0 wait" in [reason_in_words(each.reason) for each in judgement.findings]
    assert [each.check for each in judgement.findings if each.is_unsure] == [LeavesARowBehind.name]


def test_a_comment_without_fault_needs_every_check(app):
    assert not policy.would_hold(panel.judge(draft()))
    assert policy.would_hold(panel.judge(draft(body="https://x.example")))
    assert panel.judge(draft(honeypot="x")).is_refused


def test_a_process_that_serves_reads_the_lists_before_the_first_comment(app):
    checks.read_lists.cache_clear()
    state_of(app).part(WarmUp).begin(after=0).join()
    assert checks.read_lists.cache_info().currsize == 1


def test_a_call_that_fails_keeps_no_other_from_being_made():
    made = []
    warm_up = WarmUp()
    for call in (made.clear, lambda: 1 / 0, lambda: made.append("the last")):
        warm_up.add(call)
    warm_up.begin(after=0).join()
    assert made == ["the last"]


WORDS = [
    (lazy_gettext("No links"), "No links", "Keine Links"),
    (
        lazy_gettext("Phone number: %(number)s", number="+49"),
        "Phone number: +49",
        "Telefonnummer: +49",
    ),
    (lazy_ngettext("%(num)d link", "%(num)d links", 2), "2 links", "2 Links"),
    (
        lazy_gettext("From a network muted by %(who)s", who=lazy_gettext("the command line")),
        "From a network muted by the command line",
        "",
    ),
    ("Looks bought", "Looks bought", "Looks bought"),
    (LazyString(lambda: "made up"), "made up", "made up"),
]


@pytest.mark.parametrize(("said", "english", "german"), WORDS)
def test_a_reason_is_told_in_the_language_of_whoever_reads_it(app, said, english, german):
    """Also one that was kept as words, before reasons had a form."""
    kept = json.loads(json.dumps(to_keep(said)))
    assert reason_in_words(kept) == english
    with force_locale("de"):
        assert reason_in_words(kept) == (german or str(said))
        assert reason_in_words(english) == english


def test_a_reason_is_bounded_whatever_it_quotes(app):
    kept = to_keep(lazy_gettext("Phone number: %(number)s", number="1" * 5000))
    assert len(json.dumps(kept)) < 300
    assert len(reason_in_words(kept)) == LONGEST_REASON


def test_what_was_judged_in_english_is_told_in_german(app):
    rows = panel.judge(draft(body="Ring +49 170 1234567", author="www.example.com")).as_rows()
    english = {each.text for each in reasons_of(rows)}
    with force_locale("de"):
        german = {each.text for each in reasons_of(rows)}
    assert "The name is a web address" in english
    assert "The name is a web address" not in german
    assert len(german) == len(english)
