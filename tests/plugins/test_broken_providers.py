"""Payment providers that answer what can't be true: no money is believed, nothing is lost, and the others work on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, text

from shop.blueprints.orders.models import Order
from shop.blueprints.payments import answers
from shop.blueprints.payments.attempts import ending, looking_up, starting
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.recurring import learning
from shop.blueprints.payments.recurring.models import PaidSubscription
from shop.blueprints.payments.refunds import at_provider, deciding
from shop.blueprints.payments.refunds.models import Refund
from shop.blueprints.payments.webhooks.handling import HANDLERS
from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.core import clock
from shop.core.settings import SettingRow
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import PluginFailed, manager, registry
from shop.plugins.api import (
    DisputeVerdict,
    PaymentStarted,
    PaymentVerdict,
    RefundVerdict,
    SubscriptionCharge,
    SubscriptionVerdict,
    WebhookNotice,
)
from shop.plugins.guard.health import health_book
from shop.plugins.starting.ways_to_pay import origins_to_pay_at
from tests.checkout.buying import put_in
from tests.factories.orders import (
    WAYS_BACK,
    Till,
    first_payment,
    make_order,
    make_payment,
    make_variant,
    paid,
    payments_of,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)
REFERENCE = "ref-1"


class Beyond(BaseException):
    """What no `except Exception` catches."""


def raises(error):
    def call(*_given, **_named):
        raise error

    return call


def commits(*_given, **_named):
    db.session.add(SettingRow(namespace="left", values={}, changed_at=NOW))
    db.session.commit()


def spoils(*_given, **_named):
    with suppress(Exception):
        db.session.execute(text("SELECT nothing FROM nowhere"))
    return "spoilt"


def says(answer):
    return lambda *_given, **_named: answer


FAILS = [raises(Beyond()), raises(SystemExit()), raises(KeyError("x" * 10_000)), commits, spoils]
NO_ANSWERS = [*FAILS, *map(says, (None, True, "paid", {"state": "paid"}, SimpleNamespace()))]


@pytest.fixture
def tills(app, monkeypatch):
    """A provider that is broken, and one that works."""
    found = [Till(name="broken", label="By magic"), Till()]
    monkeypatch.setattr(registry(), "payment_providers", found)
    yield found
    health_book().forget("")


def verdict(**said):
    usual = PaymentVerdict(REFERENCE, "paid", 1400, "EUR")
    return replace(usual, **said)


WRONG_PAYMENTS = [
    verdict(state="authorised"),
    verdict(state=""),
    verdict(state=None),
    verdict(reference="another"),
    verdict(amount_minor=1400.0),
    verdict(amount_minor=Decimal(1400)),
    verdict(amount_minor=True),
    verdict(amount_minor=-1400),
    verdict(amount_minor=10**30),
    verdict(amount_minor=float("nan")),
    verdict(currency="EURO"),
    verdict(currency=""),
    verdict(currency=None),
    verdict(reason="\x00"),
    verdict(reason="half \ud800", state="failed"),
    verdict(declines=-1),
    verdict(declines=10**20),
    verdict(is_under_way="yes", state="open"),
    SimpleNamespace(**{name: getattr(verdict(), name) for name in PaymentVerdict.__slots__}),
]


def test_a_payment_is_as_it_was_after_an_answer_that_cannot_be_true(tills):
    broken, _well = tills
    order = make_order((make_variant(price=1400), 1))
    payment = make_payment(order, REFERENCE, "broken")
    for answer in [*FAILS, says(WRONG_PAYMENTS[0])]:
        broken.look_up = answer
        with pytest.raises(PluginFailed):
            looking_up.look_up_payment(payment.id, learned_from="test")
        left = first_payment(order)
        assert (left.state, left.received_minor, left.declines) == ("open", 0, 0)
    assert db.session.get(SettingRow, "left") is None
    broken.look_up = says(paid(payment))
    looking_up.look_up_payment(payment.id, learned_from="test")
    for later in ("failed", "expired", "open", "paid"):
        broken.look_up = says(verdict(state=later))
        looking_up.look_up_payment(payment.id, learned_from="test")
    assert db.session.get(Order, order.id, populate_existing=True).state == "paid"


def test_a_provider_that_ends_the_process_keeps_no_other_from_being_asked(tills):
    broken, well = tills
    lost = make_payment(make_order(), "lost", "broken")
    order = make_order()
    payment = make_payment(order)
    well.verdicts["ref-1"] = paid(payment)
    with unit_of_work():
        for each in (lost, payment):
            db.session.get_one(Payment, each.id).started_at = clock.now() - timedelta(hours=1)
    broken.look_up = broken.expire = raises(SystemExit())
    looking_up.reconcile()
    assert db.session.get(Order, order.id, populate_existing=True).state == "paid"
    assert ending.close_order(lost.order_id, why="given up", insist=True)


WRONG_STARTS = [
    PaymentStarted("", "https://pay.example/1"),
    PaymentStarted("x" * 256, "https://pay.example/1"),
    PaymentStarted("\x00", "https://pay.example/1"),
    PaymentStarted(7, "https://pay.example/1"),
    PaymentStarted("r", ""),
    PaymentStarted("r", None),
    PaymentStarted("r", "javascript:alert(1)"),
    PaymentStarted("r", "data:text/html,<script>"),
    PaymentStarted("r", "//pay.example/1"),
    PaymentStarted("r", "https://elsewhere.example/1"),
    PaymentStarted("r", "https://pay.example@elsewhere.example/1"),
    PaymentStarted("r", "https://pay.example/\r\nSet-Cookie: a=b"),
    PaymentStarted("r", "https://pay.example/" + "x" * 10_000),
    PaymentStarted("r", "https://pay.example/1", pay_by=datetime(2030, 1, 1)),  # noqa: DTZ001
    PaymentStarted("r", "https://pay.example/1", pay_by=datetime(2001, 1, 1, tzinfo=UTC)),
    PaymentStarted("r", "https://pay.example/1", pay_by="tomorrow"),
]


def test_a_payment_that_begins_wrongly_has_not_begun(tills):
    broken, well = tills
    order = make_order()
    for answer in [*FAILS, says(WRONG_STARTS[0])]:
        broken.start = answer
        with pytest.raises(starting.PaymentNotStarted):
            starting.start_payment(order.id, broken, WAYS_BACK)
    assert {each.state for each in payments_of(order)} == {"failed"}
    assert db.session.get(SettingRow, "left") is None
    far = PaymentStarted("r", "https://pay.example/1", datetime(9999, 12, 31, tzinfo=UTC))
    broken.start = says(far)
    assert starting.start_payment(order.id, broken, WAYS_BACK) == far.redirect_url
    kept = db.session.get(Order, order.id, populate_existing=True).reserved_until
    assert kept < clock.now() + timedelta(days=61)
    assert starting.start_payment(order.id, well, WAYS_BACK).startswith("https://pay.example/")


def test_a_provider_whose_name_is_known_to_another_payment_is_not_believed(tills):
    broken, _well = tills
    make_payment(make_order(), REFERENCE, "broken")
    order = make_order()
    broken.start = says(PaymentStarted(REFERENCE, "https://pay.example/1"))
    with pytest.raises(starting.PaymentNotStarted):
        starting.start_payment(order.id, broken, WAYS_BACK)
    assert first_payment(order).state == "failed"


def test_the_checkout_stands_whatever_a_provider_calls_itself(client, tills):
    put_in(client, make_variant())
    kind = type("Strange", (Till,), {})
    tills[0] = kind(name="broken")
    for label in (FAILS[0], commits, says(7), says("<b>x</b>" * 10_000), says("half \ud800")):
        kind.label = property(label, lambda *_given: None)
        page = client.get("/checkout")
        assert page.status_code == 200
        assert "At the till" in page.text
        assert "<b>x" not in page.text
    assert db.session.get(SettingRow, "left") is None


def refund(**said):
    return replace(RefundVerdict("re-1", REFERENCE, "done", 500, "EUR"), **said)


WRONG_REFUNDS = [
    refund(state="refunded"),
    refund(reference=""),
    refund(reference="x" * 256),
    refund(amount_minor=-500),
    refund(amount_minor=0),
    refund(amount_minor=500.0),
    refund(amount_minor=10**30),
    refund(currency="?"),
    refund(reason=None),
]
OTHER_REFUNDS = [
    refund(payment_reference="another"),
    refund(amount_minor=501),
    refund(currency="USD"),
]


def test_a_refund_is_as_it_was_after_an_answer_that_cannot_be_true(tills, client):
    broken, _well = tills
    order = make_order((make_variant(price=1400), 1))
    payment = make_payment(order, REFERENCE, "broken")
    broken.verdicts[REFERENCE] = paid(payment)
    looking_up.look_up_payment(payment.id, learned_from="test")
    with unit_of_work():
        asked = deciding.decide_refund(order, 500, reason="x", restock=False, by=None)
    for answer in [*FAILS, *map(says, OTHER_REFUNDS)]:
        broken.refund = answer
        with pytest.raises((PluginFailed, ValueError)):
            at_provider.carry_out(asked.id)
        left = db.session.get(Refund, asked.id, populate_existing=True)
        assert (left.state, left.reference) == ("asked", None)
    broken.refund = says(refund(state="pending"))
    at_provider.carry_out(asked.id)
    for answer in (*FAILS, says(refund(reference="re-2")), says(refund(amount_minor=1))):
        broken.look_up_refund = answer
        with pytest.raises((PluginFailed, ValueError)):
            at_provider.look_up_refund(asked.id)
    left = db.session.get(Refund, asked.id, populate_existing=True)
    assert (left.state, left.reference) == ("pending", "re-1")
    assert first_payment(order).refunding_minor == 500


def test_what_providers_say_of_money_that_went_back_elsewhere_is_looked_at(tills):
    broken, _well = tills
    order = make_order((make_variant(price=1400), 1))
    payment = make_payment(order, REFERENCE, "broken")
    broken.verdicts[REFERENCE] = paid(payment)
    looking_up.look_up_payment(payment.id, learned_from="test")
    lost = DisputeVerdict("dp", REFERENCE, "lost", 500, "EUR")
    told = {
        "refund": [refund(amount_minor=1401), refund(amount_minor=-5), refund(currency="USD")],
        "dispute": [replace(lost, amount_minor=-500), replace(lost, state="unknown")],
    }
    for about, verdicts in told.items():
        for said in [*FAILS[:2], *map(says, verdicts)]:
            broken.look_up_refund = broken.look_up_dispute = said
            with pytest.raises(Exception, match=r"broken|refund|re-1"):
                HANDLERS[about]("broken", "re-1" if about == "refund" else "dp")
    assert first_payment(order).refunding_minor == 0
    assert db.session.get(Order, order.id, populate_existing=True).dispute_state == "none"


def charge(number=1, **said):
    begins = NOW + timedelta(days=30 * number)
    usual = SubscriptionCharge(f"c-{number}", 500, "EUR", begins, begins + timedelta(days=30))
    return replace(usual, **said)


def stands(*charges, **said):
    return replace(SubscriptionVerdict("sub-1", "active", charges), **said)


WRONG_STANDINGS = [
    stands(charge(amount_minor=-500)),
    stands(charge(amount_minor=0, is_adjusted=True)),
    stands(charge(amount_minor=500.0)),
    stands(charge(amount_minor=10**30)),
    stands(charge(currency="EURO")),
    stands(charge(reference="")),
    stands(charge(starts_at=NOW + timedelta(days=90))),
    stands(charge(ends_at=datetime(2030, 1, 1))),  # noqa: DTZ001
    stands(charge(), charge(2, amount_minor=-1)),
    stands("a charge"),
    stands(*[charge()] * 1_001),
    stands(charge(), state="running"),
    stands(charge(), reference="another"),
    stands(charge(), pay_url="javascript:alert(1)", state="past_due"),
    stands(charge(), amount_minor=-1),
    stands(charge(), paid_until="for ever"),
]


def test_a_subscription_is_as_it_was_after_an_answer_that_cannot_be_true(tills, client):
    broken, _well = tills
    for question in ("subscribe", "end_subscription", "keep_subscription"):
        setattr(broken, question, says(None))
    with unit_of_work() as session:
        row = PaidSubscription(
            subject="x:1", provider="broken", reference="sub-1", title="A year", amount_minor=500,
            currency="EUR", every="year", email="ruth@example.org", name="", tax_label="",
            tax_rate=0, country="",
        )  # fmt: skip
        session.add(row)
    for answer in [*FAILS, says(WRONG_STANDINGS[0])]:
        broken.look_up_subscription = answer
        with pytest.raises(PluginFailed):
            learning.look_up_subscription(row.id, learned_from="test")
    assert db.session.scalar(select(func.count(Order.id))) == 0
    in_any_order = stands(charge(3), charge(1), charge(1), charge(2, currency="USD"))
    broken.look_up_subscription = says(in_any_order)
    for _ in range(2):
        assert learning.look_up_subscription(row.id, learned_from="test") == "active"
    states = db.session.scalars(select(Payment.state).order_by(Payment.reference)).all()
    assert states == ["paid", "refund_due", "paid"]
    left = db.session.get(PaidSubscription, row.id, populate_existing=True)
    assert left.paid_until == charge(3).ends_at


def test_no_answer_that_cannot_be_true_is_believed(tills):
    broken, _well = tills
    for begun in [*NO_ANSWERS[len(FAILS) :], *map(says, WRONG_STARTS)]:
        with pytest.raises(PluginFailed):
            answers.started_by(broken, begun)
    lost = DisputeVerdict(REFERENCE, "p", "lost", 500, "EUR")
    disputes = [
        replace(lost, amount_minor=10**30),
        replace(lost, currency="euro"),
        replace(lost, respond_by=datetime(2030, 1, 1)),  # noqa: DTZ001
        replace(lost, reference="other"),
    ]
    for said in (WRONG_PAYMENTS, WRONG_REFUNDS, disputes, WRONG_STANDINGS):
        for question in [NO_ANSWERS[-1], *map(says, said)]:
            with pytest.raises(PluginFailed):
                answers.verdict_of(
                    broken, question, "sub-1" if said is WRONG_STANDINGS else REFERENCE
                )


def test_a_message_that_a_provider_cannot_read_comes_again_and_none_is_stored(tills, client):
    broken, _well = tills
    notice = WebhookNotice("e-1", "paid", REFERENCE)
    wrong = [
        replace(notice, about="weather"),
        replace(notice, reference=7),
        replace(notice, reference="\x00"),
        replace(notice, event_id=None),
        replace(notice, kind=b"paid"),
    ]
    for answer in [*FAILS, *map(says, wrong)]:
        broken.read_webhook = answer
        assert client.post("/webhooks/broken", data=b"{}").status_code == 500
    assert client.post("/webhooks/broken", data=b"x" * 300_000).status_code == 413
    assert db.session.scalar(select(func.count(WebhookEvent.id))) == 0
    assert db.session.get(SettingRow, "left") is None
    broken.read_webhook = says(notice)
    for _ in range(2):
        assert client.post("/webhooks/broken", data=b"{}").status_code == 200
    assert db.session.scalar(select(func.count(WebhookEvent.id))) == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"form_targets": None}, "form_targets of 'x' must be"),
        ({"form_targets": "https://a.example"}, "form_targets of 'x' must be"),
        ({"form_targets": ("https://a.example; script-src *",)}, "form_targets of 'x' must be"),
        ({"form_targets": ("https://a.example/path",)}, "form_targets of 'x' must be"),
        ({"form_targets": property(raises(ValueError("no")))}, "can’t say who it is: ValueError"),
        ({"name": "../x"}, "no name for a payment provider"),
        ({"name": None}, "no name for a payment provider"),
    ],
    ids=["none", "text", "policy", "path", "raises", "address", "nameless"],
)
def test_a_provider_that_would_change_the_policy_of_pages_stops_the_start(said, words):
    kind = type("Strange", (), {"name": "x", "form_targets": (), **said})
    found = manager.Registry()
    found.payment_providers.append(kind())
    with pytest.raises(manager.PluginError, match=words):
        origins_to_pay_at(found)
