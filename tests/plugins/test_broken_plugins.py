"""The table of what a broken plugin may do, a test a line: whatever it does, the rest is there and nothing is sold."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from shop import cli as shop_cli
from shop.blueprints.accounts import personal
from shop.blueprints.cart import rules
from shop.blueprints.comments.judging import panel
from shop.core import clock, events, jobs
from shop.core.errors import Refused
from shop.core.jobs import Job, Lane, running
from shop.core.settings import SettingRow
from shop.core.unit_of_work import board, unit_of_work
from shop.extensions import db
from shop.plugins import guard, registry
from shop.plugins.api import (
    ArticleView,
    CartFacts,
    CartFactsLine,
    CommentDraft,
    Directive,
    Discount,
    Event,
    FeedSource,
    HealthCheck,
    Importer,
    JobKind,
    NavigationItem,
    NavigationSource,
    Percent,
    PersonalData,
    SearchSource,
    ShippingOption,
    Sitemap,
    Slot,
    StructuredData,
    Subscriber,
    Tax,
)
from shop.plugins.drawing import slots
from shop.plugins.drawing.slots import SlotTable
from shop.plugins.guard import checking, health, hurrying
from shop.plugins.guard.health import HealthBook, HookHealth, Place, health_book, paused_parts
from tests.checkout.buying import check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.comments import make_comment
from tests.factories.orders import Till, make_variant

WHOLE = "cart/refused.html"
"""A template of ours that draws a `message`."""


def by_query(*_given):
    db.session.execute(text("SELECT nothing FROM nowhere"))


def by_query_that_it_hides(*_given):
    with suppress(SQLAlchemyError):
        by_query()
    return {"message": "nobody will know"}


def by_rows_left_behind(*_given):
    db.session.add(SettingRow(namespace="left", values={}))
    return {"message": "left a row"}


def by_exit(*_given):
    raise SystemExit(3)


def by_length(*_given):
    return {"message": "x" * 1_000_001}


def by_type(*_given):
    return 17


LINK = NavigationItem("footer", "Again", "contact.show")
WAYS = [by_query, by_query_that_it_hides, by_rows_left_behind, by_exit, by_length, by_type]


@pytest.fixture
def add(monkeypatch):
    """Let a plugin give one thing more, before all others."""

    def add(hook, item):
        monkeypatch.setattr(registry(), hook, [item, *getattr(registry(), hook)])
        if hook == "slots":
            table = SlotTable(registry().slots)
            monkeypatch.setattr(registry(), "slot_table", table)

    yield add
    health_book().forget("")


def timeless(answer):
    """A page without how long ago something was."""
    return re.sub(r"<time.*?</time>", "", answer.text, flags=re.DOTALL)


def is_kept(answer):
    return "public" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_slot_that_fails_takes_nothing_with_it_and_the_page_is_not_kept(app, client, add, way):
    article = make_article(body="Read me.\n\n::shout[it]")
    make_comment(article, body="I was there.")
    address = f"/articles/{article.slug}"
    whole = client.get(address)
    assert is_kept(whole)
    is_broken = [True]
    for point in ("article.head", "article.after_body", "footer"):
        add("slots", Slot(point, WHOLE, lambda **_: way() if is_broken[0] else None, order=0))
    if db.engine.name == "sqlite" and way is by_query_that_it_hides:
        is_broken[0] = False  # no query spoils a transaction there, so nothing failed
    board().purge_everything()
    lacking = client.get(address)
    assert timeless(lacking) == timeless(whole)
    assert is_kept(lacking) is not is_broken[0]
    assert db.session.get(SettingRow, "left") is None
    is_broken[0] = False
    assert is_kept(client.get(address))


def test_control_without_the_guard_a_slot_that_fails_takes_the_page_with_it(
    client, add, monkeypatch
):
    address = f"/articles/{make_article().slug}"  # new, so that no page of it from before is shown instead
    add("slots", Slot("footer", WHOLE, lambda **_: by_query(), order=0))
    assert client.get(address).status_code == 200
    monkeypatch.setattr(slots, "attempted", lambda _hook, _item, call: call())
    board().purge_everything()
    assert client.get(address).status_code >= 500


@pytest.mark.parametrize(
    ("hook", "item", "address"),
    [
        ("navigation", NavigationSource(by_query), "/contact"),
        ("navigation", NavigationSource(lambda: repeat(LINK)), "/contact"),
        ("navigation", NavigationSource(lambda: ["a word"]), "/contact"),
        ("feed_sources", FeedSource("broken", by_query), "/feed.xml"),
        ("feed_sources", FeedSource("broken", lambda _limit: [None]), "/feed.json"),
        ("sitemaps", Sitemap("broken", by_query), "/sitemap.xml"),
        ("sitemaps", Sitemap("broken", lambda: [("/path", "yesterday")]), "/sitemap.xml"),
        ("directives", Directive("shout", WHOLE, by_query), "/articles/the-coast"),
        ("structured_data", StructuredData("broken", ArticleView, by_query), "/articles/the-coast"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_plugin_gives_to_a_page_fails_alone(client, add, hook, item, address):
    make_article(slug="the-coast", title="The coast", body="Words before.\n\n::shout[it]\n\nAfter.")
    add(hook, item)
    answer = client.get(address)
    assert answer.status_code == 200
    assert is_kept(answer) is False
    if "contact" not in address:
        assert "the-coast" in answer.text or "After." in answer.text


def test_a_search_source_that_fails_keeps_no_other_from_the_index(app, add):
    make_article(title="The coast")
    add("search_sources", SearchSource("broken", "Broken", by_query))
    ran = CliRunner().invoke(shop_cli.commands(app), ["search", "rebuild"], obj=app)
    assert ran.exit_code == 1
    assert "broken              failed" in ran.output
    assert "articles            1" in ran.output


def test_an_export_says_what_it_lacks_and_nothing_is_erased_by_halves(client, add):
    account = make_account("buyer")
    add("personal_data", PersonalData("broken", "Loans", by_query, by_query))
    with unit_of_work():
        found = personal.export(account.email)
        assert dict(personal.counts(account.email))["Loans"] is None
    assert found["account"]
    assert found["incomplete"] == [
        "Loans could not be read. We know of it. Please download your data again tomorrow."
    ]
    with pytest.raises(Refused, match="nothing was erased"), unit_of_work():
        personal.erase(account.email)
    assert sign_in(client, account).get("/account/data").status_code == 200


FACTS = CartFacts((CartFactsLine(1, 1, 2_000, 2, is_digital=False),), "EUR")


def loose(kind, **fields):
    """What a plugin may make of a type by going around its checks."""
    made = object.__new__(kind)
    for name in kind.__dataclass_fields__:
        object.__setattr__(made, name, fields.get(name, ""))
    return made


@pytest.mark.parametrize(
    "terms",
    [
        lambda: None,
        lambda: "free",
        lambda: [None],
        lambda: [0.5],
        lambda: [SimpleNamespace(label="all", percent=100_000)],
        lambda: [Discount("all", percent=10**9)],
        lambda: [Discount("more", amount_minor=-500)],
        lambda: [Discount("part", percent=12.5)],
        lambda: [Discount("none")],
        lambda: [Discount("text", percent="50")],
        lambda: [Discount("list", percent=1_000, variant_ids=[1])],
        lambda: [loose(Discount, label="x", percent=10**9, amount_minor=0, variant_ids=None)],
        lambda: [ShippingOption("k", "Post", -1)],
        lambda: [Tax("VAT", -19_000, frozenset({1}))],
        lambda: [Tax("VAT", 19_000, frozenset({1})), Tax("Again", 19_000, frozenset({1}))],
        by_query,
        by_exit,
    ],
)
def test_a_rule_that_is_wrong_sells_nothing(app, monkeypatch, terms):
    rule = SimpleNamespace(name="broken", takes_codes=False, terms=lambda _cart: terms())
    monkeypatch.setattr(registry(), "cart_rules", [rule])
    quote = rules.quote(FACTS)
    assert [each.message for each in quote.objections] == [
        "We can’t calculate the price at the moment. Please try again in a few minutes."
    ]
    assert quote.total_minor == 4_000


def test_a_percentage_can_not_be_written_wrongly():
    assert Percent("12.5") == 12_500
    assert Discount("half", percent=Percent("50")).percent == 50_000
    for wrong in ("0", "100.001", "-5", "1e2", "50%", "", 50, 0.5, None):
        with pytest.raises(ValueError, match=r"percentage|above 0"):
            Percent(wrong)


@pytest.mark.parametrize("answer", [by_query, by_exit, lambda: True, lambda: "no", lambda: False])
def test_a_checkout_check_that_is_wrong_sells_nothing(client, monkeypatch, answer):
    monkeypatch.setattr(registry(), "payment_providers", [Till()])
    check = SimpleNamespace(name="broken", check=lambda **_: answer())
    monkeypatch.setattr(registry(), "checkout_checks", [check])
    put_in(client, make_variant())
    refused = check_out(client)
    assert (refused.status_code, orders()) == (422, [])
    assert "We can’t take your order at the moment." in refused.text


@pytest.mark.parametrize("started", [lambda _: None, lambda _: "https://pay.example", by_exit])
def test_a_payment_that_does_not_start_leaves_the_other_ways(client, monkeypatch, started):
    broken = Till(name="broken", label="By magic")
    broken.start = started
    monkeypatch.setattr(registry(), "payment_providers", [broken, Till()])
    put_in(client, make_variant())
    answer = check_out(client, provider="broken")
    assert answer.status_code < 500
    page = client.get(answer.location or "/checkout").text
    assert "At the till" in page


@pytest.mark.parametrize("way", [by_query, by_exit, by_type])
def test_a_comment_check_that_fails_leaves_the_comment_to_a_person(app, add, way):
    add("comment_checks", SimpleNamespace(name="broken", judge=way))
    draft = CommentDraft(1, "Ruth", "ruth@example.org", "Hello", None, "", 60.0, "")
    judgement = panel.judge(draft)
    assert judgement.is_unsure
    assert "This check failed: broken" in [each.reason for each in judgement.findings]


class Happened(Event):
    """Something happened."""


def test_a_subscriber_that_fails_leaves_the_fact_and_the_other_subscribers(app, monkeypatch):
    heard = []
    table = {
        Happened: [
            Subscriber("broken.first", Happened, by_exit, is_at_once=True),
            Subscriber("whole.second", Happened, heard.append, is_at_once=True),
        ]
    }
    monkeypatch.setattr(events.app_state(), "subscribers", table)
    with unit_of_work():
        events.publish(Happened())
    assert len(heard) == 1
    assert db.session.scalars(select(Job.kind)).all() == ["event:broken.first"]


def test_a_job_that_ends_the_process_ends_itself_alone(app, monkeypatch):
    done = []
    for kind in (JobKind("broken.leave", by_exit), JobKind("broken.work", done.append)):
        monkeypatch.setitem(jobs.job_registry().kinds, kind.name, replace(kind, lane=Lane.PLUGINS))
        with unit_of_work():
            jobs.enqueue(kind.name)
    assert running.run_due(10) == 1
    assert done == [{}]
    left = db.session.scalars(select(Job).where(Job.kind == "broken.leave")).one()
    assert (left.state, left.attempts) == ("waiting", 1)
    assert "SystemExit: 3" in left.error


def test_an_import_and_a_command_that_fail_say_so_loudly(app, add, tmp_path):
    def bring_in(_file, _report):
        with unit_of_work():
            by_rows_left_behind()
            by_query()

    add("importers", Importer("broken", "A broken file", bring_in))
    add("commands", click.Command("broken", callback=by_query))
    file = tmp_path / "file"
    file.touch()
    for asked in (["import", "broken", str(file)], ["broken"]):
        ran = CliRunner().invoke(shop_cli.commands(app), asked, obj=app)
        assert ran.exit_code == 1
        assert "nowhere" in f"{ran.output} {ran.exception}"  # what the database says is said
    db.session.rollback()
    assert db.session.get(SettingRow, "left") is None


def test_a_health_check_that_hangs_keeps_nobody_from_the_others_words(app, add):
    over = threading.Event()
    add("health_checks", HealthCheck("hangs", lambda: str(over.wait(5)), is_vital=True))
    add("health_checks", HealthCheck("leaves", by_exit, is_vital=True))
    add("health_checks", HealthCheck("well", lambda: "all is well", is_vital=True))
    said = {each.check.name: each for each in checking.ask_all(vital_only=True, seconds=0.1)}
    over.set()
    assert said["well"].words == "all is well"
    assert "did not answer within" in str(said["hangs"].error)
    assert isinstance(said["leaves"].error, SystemExit)


def test_what_failed_is_written_down_with_its_last_words(app, client, add):
    add("slots", slot := Slot("footer", WHOLE, by_query))
    registry().owners.note(slot, "broken")
    client.get("/contact")
    health_book().write()
    client.get("/contact")
    health_book().write()
    row = db.session.get(HookHealth, ("broken", "slots", f"footer {WHOLE}"))
    assert (row.calls, row.failures, row.slow_calls) == (2, 2, 0)
    assert "nowhere" in row.last_words
    assert row.failed_at is not None


def test_a_part_of_a_page_that_goes_on_failing_is_paused_everywhere_and_asked_again_later(
    app, monkeypatch
):
    asked = []

    def fail():
        asked.append(1)
        by_query()

    slot = Slot("footer", WHOLE, fail)
    with app.test_request_context():
        for _ in range(15):
            assert guard.guarded("slots", slot, slot.context, otherwise="left out") == "left out"
    assert len(asked) == 10
    health_book().write()
    place = Place("", "slots", f"footer {WHOLE}")
    assert set(paused_parts()) == {place}
    assert HealthBook().is_paused(place), "in another process too"
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    guard.guarded("slots", slot, slot.context, otherwise=None)
    assert len(asked) == 11
    health_book().forget("")


def test_a_page_goes_on_without_a_slot_that_hangs_and_asks_it_again_when_it_is_over(
    client, add, monkeypatch
):
    over, asked, ended = threading.Event(), [], threading.Event()
    monkeypatch.setattr(hurrying, "PATIENCE", 0.05)
    monkeypatch.setattr(
        health, "SLOW_SECONDS", 1000.0
    )  # how busy the machine is does not matter here
    monkeypatch.setattr(registry().owners, "third_parties", {"slow"})
    book, late = health_book(), HealthBook.answered_late
    monkeypatch.setattr(HealthBook, "answered_late", lambda *told: (late(*told), ended.set()))

    def hang():
        asked.append(db.session.scalar(text("SELECT 1")))
        over.wait(60)
        return {"message": "here at last"}

    add("slots", slot := Slot("footer", WHOLE, hang))
    registry().owners.note(slot, "slow")
    for _ in range(3):
        lacking = client.get("/contact")
        assert lacking.status_code == 200
        assert "here at last" not in lacking.text
        assert not is_kept(lacking)
    assert asked == [1], "nobody asks it while it hangs"
    over.set()
    assert ended.wait(60)
    assert Place("slow", "slots", f"footer {WHOLE}") in book.quick
    assert "here at last" in client.get("/contact").text
    assert is_kept(client.get("/contact"))
    book.forget("slow")


def test_a_slot_can_commit_nothing(client, add):
    def commit():
        by_rows_left_behind()
        db.session.commit()

    add("slots", Slot("footer", WHOLE, commit))
    assert not is_kept(client.get("/contact"))
    assert db.session.get(SettingRow, "left") is None


def test_a_part_of_a_page_that_is_slow_twice_is_paused_and_what_decides_about_money_never(app):
    book = health_book()
    slow, rule = Place("broken", "slots", "footer"), Place("broken", "cart_rules", "slow")
    for place in (slow, rule):
        book.answered(place, 2.0)
        assert not book.is_paused(place)
        book.answered(place, 2.0)
    assert book.is_paused(slow)
    hanging = Place("broken", "slots", "article.aside")
    book.answered(hanging, 5.0)
    assert book.is_paused(hanging), "the next page waits no more"
    for _ in range(20):
        book.failed(rule, 5.0, ValueError())
    assert not book.is_paused(rule)
    book.forget("broken")
    assert not book.is_paused(slow)
