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
from shop.blueprints.comments.judging import panel, policy
from shop.blueprints.comments.reasons import reason_in_words
from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.core import clock, events, jobs, mail
from shop.core.app_state import app_state
from shop.core.errors import Refused
from shop.core.jobs import Job, Lane, running
from shop.core.settings import SettingRow
from shop.core.unit_of_work import board, unit_of_work
from shop.extensions import db
from shop.plugins import guard, manager, registry
from shop.plugins.api import (
    ArticleView,
    BodyFilter,
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
    MailKind,
    NavigationItem,
    NavigationSource,
    Percent,
    Periodic,
    PersonalData,
    SearchEngine,
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
from tests.plugins.test_starting import plugin

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


def test_a_slot_that_fails_takes_nothing_with_it_and_the_page_is_not_kept(client, add):
    article = make_article(body="Read me.\n\n::shout[it]")
    make_comment(article, body="I was there.")
    address = f"/articles/{article.slug}"
    whole = client.get(address)
    assert is_kept(whole)
    broken = []
    for point in ("article.head", "article.after_body", "footer"):
        add("slots", Slot(point, WHOLE, lambda **_: broken[0]() if broken else None, order=0))
    for way in WAYS:
        if db.engine.name == "sqlite" and way is by_query_that_it_hides:
            continue  # no query spoils a transaction there, so nothing fails
        broken.append(way)
        board().purge_everything()
        lacking = client.get(address)
        assert timeless(lacking) == timeless(whole), way
        assert not is_kept(lacking), way
        assert db.session.get(SettingRow, "left") is None
        broken.clear()
        assert is_kept(client.get(address)), way


def test_control_without_the_guard_a_slot_that_fails_takes_the_page_with_it(
    client, add, monkeypatch
):
    address = f"/articles/{make_article().slug}"  # new, so that no page of it from before is shown instead
    add("slots", Slot("footer", WHOLE, lambda **_: by_query(), order=0))
    assert client.get(address).status_code == 200
    monkeypatch.setattr(slots, "attempted", lambda _hook, _item, call: call())
    board().purge_everything()
    assert client.get(address).status_code >= 500


PARTS = [
    ("navigation", NavigationSource(by_query), "/contact"),
    ("navigation", NavigationSource(lambda: repeat(LINK)), "/contact"),
    ("navigation", NavigationSource(lambda: ["a word"]), "/contact"),
    ("feed_sources", FeedSource("broken", by_query), "/feed.xml"),
    ("feed_sources", FeedSource("broken", lambda _limit: [None]), "/feed.json"),
    ("sitemaps", Sitemap("broken", by_query), "/sitemap.xml"),
    ("sitemaps", Sitemap("broken", lambda: [("/path", "yesterday")]), "/sitemap.xml"),
    ("directives", Directive("shout", WHOLE, by_query), "/articles/the-coast"),
    ("body_filters", BodyFilter("broken", by_query), "/articles/the-coast"),
    ("structured_data", StructuredData("broken", ArticleView, by_query), "/articles/the-coast"),
    ("search_engines", SearchEngine("broken", "Broken", by_query), "/search?q=coast"),
]


def test_what_a_plugin_gives_to_a_page_fails_alone_and_is_counted(client, add, run_jobs):
    make_article(slug="the-coast", title="The coast", body="Words before.\n\n::shout[it]\n\nAfter.")
    run_jobs()
    book = health_book()
    for hook, item, address in PARTS:
        board().purge_everything()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(registry(), hook, [item, *getattr(registry(), hook)])
            answer = client.get(address)
        assert answer.status_code == 200, (hook, address)
        assert is_kept(answer) is False, (hook, address)
        if "contact" not in address:
            assert "the-coast" in answer.text or "After." in answer.text, (hook, address)
        book.write()
        failed = db.session.scalars(select(HookHealth.hook).where(HookHealth.failures > 0)).all()
        assert failed == [hook], address
        with unit_of_work():
            health.forget_calls("")


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


WRONG_TERMS = [
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
]


def test_a_rule_that_is_wrong_sells_nothing(app, monkeypatch):
    for terms in WRONG_TERMS:
        rule = SimpleNamespace(
            name="broken", takes_codes=False, terms=lambda _cart, terms=terms: terms()
        )
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


def test_a_checkout_check_that_is_wrong_sells_nothing(client, monkeypatch):
    monkeypatch.setattr(registry(), "payment_providers", [Till()])
    put_in(client, make_variant())
    for answer in (by_query, by_exit, lambda: True, lambda: "no", lambda: False):
        check = SimpleNamespace(name="broken", check=lambda answer=answer, **_: answer())
        monkeypatch.setattr(registry(), "checkout_checks", [check])
        refused = check_out(client)
        assert (refused.status_code, orders()) == (422, [])
        assert "We can’t take your order at the moment." in refused.text


def test_a_payment_that_does_not_start_leaves_the_other_ways(client, monkeypatch):
    put_in(client, make_variant())
    for started in (lambda _: None, lambda _: "https://pay.example", by_exit, by_query):
        broken = Till(name="broken", label="By magic")
        broken.start = started
        others = [Till(), Till(name="other", label="By letter")]
        monkeypatch.setattr(registry(), "payment_providers", [broken, *others])
        answer = check_out(client, method="broken")
        assert answer.status_code == 503
        offered = [label in answer.text for label in ("By magic", "At the till", "By letter")]
        assert offered == [False, True, True]


def test_a_message_that_a_provider_fails_to_read_is_sent_again(client, monkeypatch):
    broken = Till(name="broken")
    monkeypatch.setattr(registry(), "payment_providers", [broken])
    for fails in (by_query, by_rows_left_behind, by_type):
        broken.read_webhook = fails
        assert client.post("/webhooks/broken", data="evt-1 ref-1").status_code >= 500
        assert db.session.scalars(select(WebhookEvent)).all() == []
        assert db.session.get(SettingRow, "left") is None
    del broken.read_webhook
    answer = client.post("/webhooks/broken", data="evt-1 ref-1", headers={"X-Till": "genuine"})
    assert answer.status_code == 200


def test_a_comment_check_that_fails_leaves_the_comment_to_a_person(app, add):
    draft = CommentDraft(1, "Ruth", "ruth@example.org", "Hello", None, "", 60.0, "")
    for way in (by_query, by_rows_left_behind, by_exit, by_type):
        name = way.__name__
        add("comment_checks", SimpleNamespace(name=name, judge=way))
        judgement = panel.judge(draft)
        assert judgement.is_unsure
        assert policy.would_hold(judgement)
        assert f"This check failed: {name}" in [
            reason_in_words(each.reason) for each in judgement.findings
        ]
    assert db.session.get(SettingRow, "left") is None


MESSAGE = SimpleNamespace(name="Joan", email="joan@example.org", body="Hello")


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


def test_what_a_plugin_adds_to_a_mail_fails_alone_and_its_own_mail_is_tried_again(
    app, add, monkeypatch, outbox
):
    broken = MailKind("contact-lost", "Lost", "Lost", "You wrote to us.")  # it has no templates
    monkeypatch.setitem(app_state().mail.kinds, "contact-lost", broken)
    for point in ("mail.text", "mail.html"):
        for way in (by_query, by_rows_left_behind, by_exit):
            add("slots", Slot(point, WHOLE, lambda way=way, **_: way(), order=0))
    lost = JobKind(
        "broken.mail",
        lambda _: mail.prepare_mail("contact-lost", "ruth@example.org", {}),
        in_transaction=False,
    )
    monkeypatch.setitem(jobs.job_registry().kinds, "broken.mail", lost)
    with unit_of_work():
        jobs.enqueue("broken.mail")
        mail.queue("contact-message", "ruth@example.org", {"message": MESSAGE})
    running.run_due(10)
    assert [each["To"] for each in outbox.messages] == ["ruth@example.org"]
    waiting = db.session.scalars(select(Job).where(Job.state == "waiting")).all()
    assert [(each.kind, each.attempts) for each in waiting] == [("broken.mail", 1)]
    assert "TemplateNotFound" in waiting[0].error
    assert db.session.get(SettingRow, "left") is None


def test_jobs_of_a_plugin_wait_in_a_lane_of_their_own():
    given = {
        "job_kinds": [JobKind("broken.job", print, lane=Lane.MONEY)],
        "periodic_jobs": [Periodic("broken.again", timedelta(hours=1), print)],
        "subscribers": [Subscriber("broken.hears", Happened, print)],
    }
    found = manager.collect([plugin(**given)])
    kinds = [*found.job_kinds, *found.periodic_jobs]
    assert {each.lane for each in kinds} == {Lane.PLUGINS}
    assert len(kinds) == 3


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
    add("health_checks", HealthCheck("hangs", lambda: str(over.wait(60)), is_vital=True))
    add("health_checks", HealthCheck("leaves", by_exit, is_vital=True))
    add("health_checks", HealthCheck("well", lambda: "all is well", is_vital=True))
    for seconds in (0.1, 1.0, 10.0):  # a busy machine needs more for those that do not hang
        answers = checking.ask_all(vital_only=True, seconds=seconds)
        said = {each.check.name: each for each in answers}
        if said["well"].words and isinstance(said["leaves"].error, SystemExit):
            break
    over.set()
    assert said["well"].words == "all is well"
    assert "did not answer within" in str(said["hangs"].error)
    assert isinstance(said["leaves"].error, SystemExit)


def test_a_feed_a_sitemap_and_personal_data_come_without_the_part_that_hangs(
    client, add, monkeypatch
):
    make_article(slug="the-coast", title="The coast")
    account = make_account("buyer")
    owners, over, ended = registry().owners, threading.Event(), threading.Semaphore(0)
    monkeypatch.setattr(owners, "third_parties", {"slow"})
    monkeypatch.setattr(hurrying, "PATIENCE", 0.05)
    monkeypatch.setattr(hurrying, "LONGER_PATIENCE", {})
    monkeypatch.setattr(HealthBook, "answered_late", lambda *_told: ended.release())

    def hang(*_given):
        over.wait(60)
        return []

    hanging = {
        "feed_sources": FeedSource("slow", hang),
        "sitemaps": Sitemap("slow", hang),
        "personal_data": PersonalData("slow", "Loans", hang, print),
    }
    for hook, item in hanging.items():
        add(hook, item)
        owners.note(item, "slow")
    for address in ("/feed.xml", "/sitemap.xml"):
        answer = client.get(address)
        assert "the-coast" in answer.text
        assert not is_kept(answer)
    found = sign_in(client, account).get("/account/data.json").get_json()
    over.set()
    assert all(ended.acquire(timeout=60) for _ in hanging)
    health_book().forget("slow")
    assert found["account"]
    assert "Loans could not be read." in found["incomplete"][0]


def test_what_failed_is_written_down_with_its_last_words(app, client, add, capsys):
    add("slots", slot := Slot("footer", WHOLE, by_query))
    registry().owners.note(slot, "broken")
    client.get("/contact")
    assert '"plugin": "broken", "hook": "slots"' in capsys.readouterr().err, "the log says it too"
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
