"""From a verdict to a paid order: once, for the right money, in time or late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock import reservations
from shop.blueprints.orders.models import Order, OrderTransition
from shop.blueprints.payments import queries
from shop.blueprints.payments.attempts import ending, looking_up
from shop.blueprints.payments.back_office import monitoring
from shop.blueprints.payments.cancelling import cancel_unpaid
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.providers import ProviderMissing
from shop.blueprints.payments.settlement import Settlement, settle
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import api, registry
from shop.plugins.api import PaymentVerdict
from shop.plugins.api.events import OrderPaid, RefundBecameDue
from tests import controls
from tests.factories.accounts import make_account
from tests.factories.orders import at_once, make_order, make_payment, make_variant, paid


def settled(payment_id, verdict, learned_from="test"):
    with unit_of_work():
        return settle(payment_id, verdict, learned_from=learned_from)


def seen(order):
    return db.session.get(Order, order.id, populate_existing=True)


def stock_of(variant):
    found = db.session.get(Variant, variant.id, populate_existing=True)
    return found.stock_on_hand, found.stock_reserved


def test_a_payment_makes_its_order_paid_and_sells_its_stock(app, published):
    variant = make_variant(stock=3)
    order = make_order((variant, 2))
    payment = make_payment(order)
    assert stock_of(variant) == (3, 2)
    assert settled(payment.id, paid(payment)) is Settlement.PAID
    assert (seen(order).state, seen(order).paid_at is not None) == ("paid", True)
    assert stock_of(variant) == (1, 0)
    assert OrderPaid(order.id) in published


def test_settling_again_changes_nothing(app, published):
    order = make_order()
    payment = make_payment(order)
    assert settled(payment.id, paid(payment)) is Settlement.PAID
    assert settled(payment.id, paid(payment)) is Settlement.KNOWN
    assert published.count(OrderPaid(order.id)) == 1


@controls.on_sqlite
def test_control_settling_again(app, published):
    with controls.failing_without("a payment is settled once"):
        test_settling_again_changes_nothing(app, published)


def test_eight_callers_at_once_settle_exactly_once(app):
    variant = make_variant(stock=10)
    order = make_order((variant, 1))
    payment = make_payment(order)
    verdict, payment_id = paid(payment), payment.id
    results = at_once(app, 8, lambda number: settled(payment_id, verdict, f"caller {number}"))
    assert sorted(results) == [Settlement.KNOWN] * 7 + [Settlement.PAID]
    steps = db.session.scalars(select(OrderTransition).where(OrderTransition.to_state == "paid"))
    assert len(steps.all()) == 1
    assert stock_of(variant) == (9, 0)


def test_two_payments_of_one_order_at_once_serve_it_once_and_owe_one_back(app):
    variant = make_variant(stock=5)
    order = make_order((variant, 1))
    both = [make_payment(order, "ref-1"), make_payment(order, "ref-2")]
    calls = [(payment.id, paid(payment)) for payment in both]
    results = at_once(app, 2, lambda number: settled(*calls[number]))
    assert sorted(results) == [Settlement.PAID, Settlement.REFUND_DUE]
    assert stock_of(variant) == (4, 0)


@pytest.mark.parametrize(("amount", "currency"), [(100, "EUR"), (1400, "USD"), (1401, "EUR")])
def test_payment_swap(app, published, amount, currency):
    """A cheap payment, or one in cheap money, does not pay a dear order; the money is owed back."""
    order = make_order()
    payment = make_payment(order)
    verdict = PaymentVerdict("ref-1", "paid", amount, currency)
    assert settled(payment.id, verdict) is Settlement.REFUND_DUE
    assert seen(order).state == "awaiting_payment"
    assert published[-1] == RefundBecameDue(payment.id)
    assert settled(payment.id, verdict) is Settlement.KNOWN


@controls.on_sqlite
def test_control_payment_swap(app, published):
    with controls.failing_without("the sum that was asked for"):
        test_payment_swap(app, published, 100, "EUR")


def test_payment_swap_of_nothing_at_all(app, outbox, run_jobs):
    """Nothing was charged, so nothing is owed, nobody is told that money comes back, and the order can be paid."""
    order = make_order()
    payment = make_payment(order)
    nothing = PaymentVerdict("ref-1", "paid", 0, "EUR")
    assert settled(payment.id, nothing) is Settlement.NOT_PAID
    found = db.session.get_one(Payment, payment.id, populate_existing=True)
    assert (found.state, found.reason) == ("failed", "€0.00 was charged instead of €14.00")
    run_jobs()
    assert (seen(order).state, is_due_back(order)) == ("awaiting_payment", False)


def test_payment_swap_by_another_payments_reference(app):
    cheap = make_payment(make_order((make_variant(price=100), 1)), "cheap")
    dear = make_payment(make_order((make_variant(price=9900), 1)), "dear")
    with pytest.raises(ValueError, match="another"), unit_of_work():
        settle(dear.id, paid(cheap), learned_from="test")
    assert seen(dear.order).state == "awaiting_payment"


def test_a_declined_payment_leaves_the_order_waiting_and_its_stock_kept(app):
    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    payment = make_payment(order)
    verdict = PaymentVerdict("ref-1", "failed", reason="declined")
    assert settled(payment.id, verdict) is Settlement.NOT_PAID
    assert (seen(order).state, stock_of(variant)) == ("awaiting_payment", (1, 1))
    assert db.session.get(Payment, payment.id).reason == "declined"


def test_an_open_payment_changes_nothing(app):
    payment = make_payment(make_order())
    assert settled(payment.id, PaymentVerdict("ref-1", "open")) is Settlement.OPEN
    assert db.session.get(Payment, payment.id).checked_at is not None


def is_due_back(order):
    return bool(queries.orders_with_money_due_back([order.id]))


def cancelled(order):
    with unit_of_work():
        assert cancel_unpaid(order.id, why="Not paid in time")


def test_money_that_comes_late_serves_the_order_when_its_stock_is_there(app, published):
    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    payment = make_payment(order)
    cancelled(order)
    assert stock_of(variant) == (1, 0)
    assert settled(payment.id, paid(payment)) is Settlement.PAID
    assert (seen(order).state, stock_of(variant)) == ("paid", (0, 0))
    assert published.count(OrderPaid(order.id)) == 1


def test_money_that_comes_late_is_owed_back_when_others_bought_it(app, outbox, run_jobs):
    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    payment = make_payment(order)
    cancelled(order)
    make_order((variant, 1), email="other@example.org")
    assert settled(payment.id, paid(payment)) is Settlement.REFUND_DUE
    assert (seen(order).state, is_due_back(order)) == ("cancelled", True)
    assert stock_of(variant) == (1, 1)
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == ["ruth@example.org"]
    assert "sold out" in outbox.messages[0].get_body(("plain",)).get_content()


def test_money_for_an_order_whose_reservation_was_swept_never_oversells(app):

    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    payment = make_payment(order)
    with unit_of_work():
        reservations.release(order.link_key)
    make_order((variant, 1), email="other@example.org")
    assert settled(payment.id, paid(payment)) is Settlement.REFUND_DUE
    assert (seen(order).state, stock_of(variant)) == ("cancelled", (1, 1))


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_bank_at_work_on_what_others_have_bought_is_waited_for(app, till, outbox, comes_back):

    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    payment = make_payment(order)
    with unit_of_work():
        reservations.release(order.link_key)
    other = make_order((variant, 1), email="other@example.org")
    till.verdicts["ref-1"] = PaymentVerdict("ref-1", "open", is_under_way=True)
    assert looking_up.look_up_payment(payment.id, learned_from="test") is Settlement.OPEN
    assert queries.is_bank_at_work(order.id)
    assert ending.close_order(order.id, why="Not paid in time") is False
    if comes_back:
        cancelled(other)
    till.verdicts["ref-1"] = paid(db.session.get_one(Payment, payment.id))
    settlement = looking_up.look_up_payment(payment.id, learned_from="test")
    assert (settlement, seen(order).state) == (
        (Settlement.PAID, "paid") if comes_back else (Settlement.REFUND_DUE, "cancelled")
    )


def test_an_expired_order_is_ended_at_its_provider_then_cancelled(app, till, published):
    variant = make_variant(stock=1)
    order = make_order((variant, 1), reserved_until=clock.now() - timedelta(seconds=1))
    payment = make_payment(order)
    ending.close_expired()
    assert (seen(order).state, stock_of(variant), till.ended) == ("cancelled", (1, 0), ["ref-1"])
    assert db.session.get(Payment, payment.id, populate_existing=True).state == "expired"


def test_an_order_that_was_paid_in_the_last_moment_is_never_cancelled(app, till):
    order = make_order(reserved_until=clock.now() - timedelta(seconds=1))
    till.verdicts["ref-1"] = paid(make_payment(order))
    ending.close_expired()
    assert seen(order).state == "paid"


def test_an_expired_order_waits_while_its_provider_is_away_but_not_for_ever(app, till):
    order = make_order(reserved_until=clock.now() - timedelta(minutes=1))
    make_payment(order)
    till.is_away = True
    ending.close_expired()
    assert seen(order).state == "awaiting_payment"
    with unit_of_work():
        seen(order).reserved_until = clock.now() - timedelta(days=2)
    ending.close_expired()
    assert seen(order).state == "cancelled"


def test_a_payment_that_another_window_began_while_its_order_was_given_up_is_ended_too(
    app, till, run_jobs, monkeypatch
):
    order = make_order()
    make_payment(order, "ref-1")
    expire = till.expire

    def meanwhile(reference):
        expire(reference)
        if reference == "ref-1":
            make_payment(order, "ref-2")

    monkeypatch.setattr(till, "expire", meanwhile)
    assert ending.close_order(order.id, why="Not paid in time")
    run_jobs()
    assert till.ended == ["ref-1", "ref-2"]


def test_other_payments_of_an_order_that_was_paid_too_late_are_ended(app, till, run_jobs, outbox):
    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    first, _second = make_payment(order, "ref-1"), make_payment(order, "ref-2")

    with unit_of_work():
        reservations.release(order.link_key)
    make_order((variant, 1), email="other@example.org")
    till.verdicts["ref-1"] = paid(first)
    assert settled(first.id, paid(first)) is Settlement.REFUND_DUE
    assert seen(order).state == "cancelled"
    run_jobs()
    assert till.ended == ["ref-2"]


def test_a_provider_without_webhooks_says_look_now_and_nobody_is_warned(
    app, till, run_jobs, outbox
):
    till.sends_webhooks = False
    order = make_order()
    payment = make_payment(order)
    till.verdicts["ref-1"] = paid(payment)
    with unit_of_work():
        api.settle("till", "ref-1")
        api.settle("till", "a reference that nobody knows")
    run_jobs()
    assert seen(order).is_paid
    assert db.session.get_one(Payment, payment.id).learned_from == "settle"
    other = make_order()
    till.verdicts["ref-2"] = paid(make_payment(other, reference="ref-2"))
    with unit_of_work():
        db.session.execute(update(Payment).values(started_at=clock.now() - timedelta(hours=2)))
    looking_up.reconcile()
    assert seen(other).is_paid
    assert monitoring.check_payments()


def test_staff_can_cancel_an_order_whose_provider_is_not_installed_any_more(app, till, monkeypatch):
    order = make_order()
    make_payment(order)
    monkeypatch.setattr(registry(), "payment_providers", [])
    with pytest.raises(ProviderMissing):
        ending.close_order(order.id, why="not paid in time")
    assert ending.close_order(order.id, why="by staff", by=make_account("owner"))
    assert seen(order).is_cancelled


def test_an_order_in_time_is_left_alone(app, till):
    order = make_order()
    make_payment(order)
    ending.close_expired()
    assert (seen(order).state, till.ended) == ("awaiting_payment", [])


def started_earlier(payment, minutes):
    with unit_of_work():
        found = db.session.get_one(Payment, payment.id)
        found.started_at = clock.now() - timedelta(minutes=minutes)


def test_a_webhook_that_never_came_is_healed_by_the_reconciler(app, till):
    order = make_order()
    payment = make_payment(order)
    till.verdicts["ref-1"] = paid(payment)
    looking_up.reconcile()
    assert seen(order).state == "awaiting_payment"  # too soon: the webhook may be on its way
    started_earlier(payment, 3)
    looking_up.reconcile()
    found = db.session.get(Payment, payment.id, populate_existing=True)
    assert (seen(order).state, found.learned_from) == ("paid", "look-up")


def test_one_provider_that_is_away_does_not_hide_the_others(app, till):
    first = make_payment(make_order(), "lost", provider="switched-off")
    second = make_payment(make_order(), "ref-1")
    for payment in (first, second):
        started_earlier(payment, 3)
    till.verdicts["ref-1"] = paid(second)
    looking_up.reconcile()
    assert seen(second.order).state == "paid"


def test_other_payments_of_a_paid_order_are_ended(app, till, run_jobs, outbox):
    order = make_order()
    first, second = make_payment(order, "ref-1"), make_payment(order, "ref-2")
    settled(first.id, paid(first))
    run_jobs()
    assert till.ended == ["ref-2"]
    assert db.session.get(Payment, second.id, populate_existing=True).state == "expired"
