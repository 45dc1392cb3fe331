"""Failures that nobody plans for: whatever a stranger's code raises, takes away or ends, the rest is there."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import g, request
from flask_babel import LazyString
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select, text

from shop import templating
from shop.blueprints.accounts import personal
from shop.blueprints.accounts.models import Account
from shop.blueprints.feeds import queries
from shop.core import events, jobs
from shop.core.app_state import app_state
from shop.core.errors import Refused
from shop.core.jobs import Job, Lane, running
from shop.core.settings import SettingRow
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import (
    ArticleView,
    Event,
    FeedEntry,
    FeedSource,
    JobKind,
    NavigationItem,
    NavigationSource,
    PersonalData,
    Sitemap,
    Slot,
    StructuredData,
    Subscriber,
)
from shop.plugins.drawing.slots import SlotTable
from shop.plugins.guard.health import HookHealth, health_book
from tests import controls
from tests.factories.accounts import make_account
from tests.factories.articles import make_article

NOW = datetime(2026, 11, 30, tzinfo=UTC)


class Unsayable(Exception):
    """An error that can't say what it is."""

    def __str__(self):
        raise RuntimeError("no words")

    __repr__ = __str__


class Beyond(BaseException):
    """What no `except Exception` catches, such as the cancelling of other frameworks."""


class Undrawable:
    """What a template can't print."""

    def __html__(self):
        raise Beyond


def raises(error):
    def call(*_given, **_named):
        raise error

    return call


def for_ever(*_given, **_named):
    return for_ever()


def takes_the_environment():
    request.environ.clear()


def takes_what_is_kept():
    vars(g).clear()


def spoils_what_is_kept():
    g.page_tags = None


def sends_the_page_elsewhere():
    request.path, request.environ = "/elsewhere", {}
    raise ValueError


def commits():
    db.session.add(SettingRow(namespace="left", values={}, changed_at=NOW))
    db.session.commit()


RAISED = [
    Unsayable(),
    Beyond(),
    SystemExit(),
    GeneratorExit(),
    StopIteration(),
    asyncio.CancelledError(),
    MemoryError(),
    ValueError("half a character \ud800, and \x00"),
]
DRAWN = [
    lambda: {"message": "half a character: \ud800"},
    lambda: {"message": Undrawable()},
    lambda: (pair for pair in [("message", "a generator")]),
    takes_the_environment,
    takes_what_is_kept,
    spoils_what_is_kept,
    sends_the_page_elsewhere,
    commits,
    for_ever,
    *map(raises, RAISED),
]
TEMPLATES = {
    "strange/itself.html": "{% include 'strange/itself.html' %}",
    "strange/syntax.html": "{% if %}",
    "strange/filter.html": "{{ 1|nowhere }}",
    "strange/undefined.html": "{{ nothing.there }}",
    "strange/endless.html": "{{ 'x' * 1_000_001 }}",
}


@pytest.fixture
def give(monkeypatch):
    """Let a stranger's plugin give more of something, before all others."""
    owners = registry().owners
    monkeypatch.setattr(owners, "third_parties", {"strange"})

    def give(hook, *items):
        for item in items:
            owners.note(item, "strange")
        monkeypatch.setattr(registry(), hook, [*items, *getattr(registry(), hook)])
        if hook == "slots":
            monkeypatch.setattr(registry(), "slot_table", SlotTable(registry().slots))
        return items  # while they live nothing else has their ids

    yield give
    health_book().forget("strange")


def test_a_page_stands_whatever_its_slots_do_and_each_is_written_down(
    app, client, give, monkeypatch
):
    named = {f"strange/{number}.html": context for number, context in enumerate(DRAWN)}
    texts = TEMPLATES | dict.fromkeys([*named, "strange/well.html"], "{{ message }}")
    loader = ChoiceLoader([DictLoader(texts), app.jinja_env.loader])
    monkeypatch.setattr(app.jinja_env, "loader", loader)
    make_article(slug="before", title="The coast", body="Read me.")
    make_article(slug="behind", title="The coast", body="Read me.")
    whole = client.get("/articles/before").text
    drawn = [Slot("footer", template, context, order=0) for template, context in named.items()]
    drawn += [Slot("footer", template, dict, order=0) for template in TEMPLATES]
    well = Slot("footer", "strange/well.html", lambda: {"message": "I am well."}, order=1)
    kept = give("slots", *drawn, well)
    for is_known in (
        False,
        True,
    ):  # in threads of their own; then without, as quick ones are called
        if is_known:
            health_book().quick.update(registry().owners.place_of(each, "slots") for each in kept)
        lacking = client.get("/articles/behind")
        assert lacking.status_code == 200
        assert "I am well." in lacking.text
        assert "public" not in lacking.headers["Cache-Control"]
        assert whole.count("<article") == lacking.text.count("<article")
        assert "half a character" not in lacking.text
        assert "elsewhere" not in lacking.text
    assert db.session.get(SettingRow, "left") is None
    health_book().write()
    rows = db.session.scalars(select(HookHealth).where(HookHealth.plugin == "strange")).all()
    assert {row.part for row in rows} == {f"footer {slot.template}" for slot in kept}
    assert sum(row.failures for row in rows) >= 2 * (len(RAISED) + len(TEMPLATES))


def entry(**fields):
    usual = FeedEntry("x", "/x", "Title", "Words", "<p>Words</p>", "", NOW, NOW)
    return replace(usual, **fields)


def endlessly():
    while True:
        yield "/x", NOW


def link(label="Link", endpoint="contact.write", **values):
    return NavigationItem("footer", label, endpoint, values=values)


def circle():
    node = {"@id": "x"}
    return node | {"self": [node, {"again": node}]} if node.update(self=node) else node


@pytest.mark.parametrize(
    ("address", "hook", "items"),
    [
        (
            "/feed.json",
            "feed_sources",
            [
                FeedSource("naive", lambda _: [entry(published_at=NOW.replace(tzinfo=None))]),
                FeedSource("halves", lambda _: [entry(title="a\ud800b")]),
                FeedSource("elsewhere", lambda _: [entry(path="javascript:alert(1)")]),
                FeedSource("long", lambda _: [entry(html="x" * 1_000_001)]),
                FeedSource("beyond", raises(Beyond())),
            ],
        ),
        (
            "/sitemap.xml",
            "sitemaps",
            [
                Sitemap("naive", lambda: [("/x", NOW.replace(tzinfo=None))]),
                Sitemap("halves", lambda: [("/x\ud800", NOW)]),
                Sitemap("elsewhere", lambda: [("javascript:x", NOW)]),
                Sitemap("languages", lambda: [("/x", NOW, {"de": 5, "en": None})]),
                Sitemap("endless", endlessly),
            ],
        ),
        (
            "/contact",
            "navigation",
            [
                link(LazyString(raises(ValueError("no words")))),
                NavigationSource(lambda: [link(LazyString(raises(Beyond())))]),
                NavigationSource(lambda: [link("half \ud800")]),
                NavigationSource(lambda: [link(LazyString(lambda: "half \ud800"))]),
                NavigationSource(lambda: [link("x" * 1_000_001)]),
            ],
        ),
        (
            "/articles/the-coast",
            "structured_data",
            [
                StructuredData("circle", ArticleView, lambda _: [circle()]),
                StructuredData("nan", ArticleView, lambda _: [{"@id": "x", "n": float("nan")}]),
                StructuredData("object", ArticleView, lambda _: [{"@id": "x", "n": object()}]),
                StructuredData("endless", ArticleView, lambda _: iter(lambda: {"@id": "x"}, 0)),
            ],
        ),
    ],
    ids=["feed", "sitemap", "menu", "structured-data"],
)
@pytest.mark.both_databases
def test_what_cannot_be_written_into_a_page_is_left_out_of_it(
    client, give, monkeypatch, address, hook, items
):
    monkeypatch.setattr(queries, "MOST_ADDRESSES", 100)
    parts = app_state()._parts
    monkeypatch.setitem(parts, templating._FixedLinks, templating._FixedLinks())
    make_article(slug="the-coast", title="The coast", body="Words.")
    give(hook, *items)
    answer = client.get(address)
    assert answer.status_code == 200
    assert "public" not in answer.headers["Cache-Control"]
    health_book().write()
    rows = db.session.scalars(select(HookHealth).where(HookHealth.plugin == "strange")).all()
    assert sum(row.failures for row in rows) == len(items)


class Happened(Event):
    """Something happened."""


ENDS = {
    "commit": lambda: db.session.commit(),
    "rollback": lambda: db.session.rollback(),
    "close": lambda: db.session.close(),
    "remove": lambda: db.session.remove(),
}


def test_nobody_ends_a_transaction_in_which_others_have_written(app, monkeypatch):
    table = {
        Happened: [
            Subscriber(f"strange.{name}", Happened, lambda _, end=end: end(), is_at_once=True)
            for name, end in ENDS.items()
        ]
    }
    monkeypatch.setattr(events.app_state(), "subscribers", table)
    with suppress(ZeroDivisionError), unit_of_work() as session:
        session.add(SettingRow(namespace="undone", values={}, changed_at=NOW))
        events.publish(Happened())
        raise ZeroDivisionError
    assert db.session.get(SettingRow, "undone") is None
    with unit_of_work() as session:
        session.add(SettingRow(namespace="ours", values={}, changed_at=NOW))
        events.publish(Happened())
    assert db.session.get(SettingRow, "ours") is not None
    assert set(db.session.scalars(select(Job.kind))) == {f"event:strange.{name}" for name in ENDS}


@controls.on_sqlite
def test_control_nobody_ends_a_transaction_in_which_others_have_written(app, monkeypatch):
    with controls.failing_without("transactions of others"):
        test_nobody_ends_a_transaction_in_which_others_have_written(app, monkeypatch)


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_plugin_that_ends_the_transaction_of_an_erasure_erases_nothing(app, give, end):
    account = make_account("buyer")

    def erase(_email):
        db.session.execute(text("DELETE FROM setting WHERE 1 = 0"))
        ENDS[end]()

    give("personal_data", PersonalData("strange", "Loans", lambda _: [], erase))
    with pytest.raises(Refused, match="nothing was erased"), unit_of_work():
        personal.erase(account.email)
    assert db.session.get(Account, account.id) is not None


def test_what_is_handed_out_about_a_person_comes_to_an_end_and_is_a_file(app, give, monkeypatch):
    monkeypatch.setattr(personal, "MOST_THINGS", 100)
    wrong = [
        lambda _: iter(lambda: {"n": 1}, 0),
        lambda _: ["a word"],
        lambda _: [{"n": float("nan")}],
        lambda _: [{"n": object()}],
        raises(Beyond()),
    ]
    for number, export in enumerate(wrong):
        give("personal_data", PersonalData(f"strange{number}", "Loans", export, raises(Beyond())))
    found = personal.export(make_account("buyer").email)
    assert found["account"]
    assert len(found["incomplete"]) == len(wrong)


@controls.on_sqlite
def test_control_what_is_handed_out_about_a_person_comes_to_an_end(app, give, monkeypatch):
    with controls.failing_without("an end of what is kept"):
        test_what_is_handed_out_about_a_person_comes_to_an_end_and_is_a_file(app, give, monkeypatch)


def test_a_job_is_kept_whatever_it_raises(app, monkeypatch):
    for number, error in enumerate([*RAISED, KeyboardInterrupt()]):
        kind = JobKind(f"strange.{number}", raises(error), lane=Lane.PLUGINS)
        monkeypatch.setitem(jobs.job_registry().kinds, kind.name, kind)
        with unit_of_work():
            jobs.enqueue(kind.name)

    def run():
        with app.app_context():
            running.run_due(20)

    thread = threading.Thread(target=run)  # the main thread alone is told of Ctrl-C
    thread.start()
    thread.join()
    left = db.session.scalars(select(Job).order_by(Job.id)).all()
    assert {(each.state, each.attempts) for each in left} == {("waiting", 1)}
    assert all(type(error).__name__ in job.error for error, job in zip(RAISED, left, strict=False))
