"""Recurring payments from the plugin API to Stripe Billing and back: exactly one order a payment, whatever is lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from shop.blueprints.orders.models import Order
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.recurring import beginning, changing, ending, learning, personal
from shop.blueprints.payments.recurring.models import PaidSubscription
from shop.blueprints.payments.refunds.models import Refund
from shop.blueprints.payments.states import RefundState
from shop.blueprints.payments_stripe.provider import Stripe
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import (
    NewOrder,
    NewOrderLine,
    Refused,
    SubscriptionOffer,
    SubscriptionView,
    change_subscription,
    end_subscription,
    keep_subscription,
    look_up,
    make_order,
    pay_order,
    subscribe,
)
from tests.factories.orders import at_once
from tests.factories.stripe import act

OFFER = SubscriptionOffer(
    subject="club:1",
    title="The club",
    amount_minor=500,
    currency="EUR",
    every="month",
    email="ruth@example.org",
    name="Ruth Miller",
    tax_label="VAT",
    tax_rate=19_000,
    country="DE",
)
BACK = {"return_url": "http://localhost/club", "cancel_url": "http://localhost/club"}


def started(offer=OFFER):
    """The pay page's reference."""
    return subscribe(offer, **BACK).rpartition("/")[2]


def now_it_is(further, monkeypatch):
    later = clock.now() + further
    monkeypatch.setattr(clock, "now", lambda: later)


def subscription():
    db.session.rollback()
    return look_up(SubscriptionView, OFFER.subject)


def orders():
    db.session.rollback()
    return db.session.scalars(select(Order).order_by(Order.id)).all()


def kinds(outbox):
    return [message["Subject"] for message in outbox.messages]


def test_each_payment_becomes_one_order_however_often_it_is_told(app, outbox, run_jobs):
    reference = started()
    assert started() == reference, "a second press leads to the same page"
    act(reference, "succeed", delivery="thrice")
    run_jobs()
    learning.look_up_subscription(subscription().id, learned_from="return")
    (order,) = orders()
    assert (order.state, order.total_minor, order.tax_minor) == ("fulfilled", 500, 80)
    assert not order.has_downloads
    assert subscription().state == "active"
    with pytest.raises(Refused, match="already"):
        started()
    act(reference, "renew")
    act(reference, "renew", delivery="never")
    run_jobs()
    assert len(orders()) == len(subscription().order_ids) == 3
    assert subscription().paid_until > clock.now() + timedelta(days=85)
    assert [subject.startswith("Your order") for subject in kinds(outbox)] == [True] * 3


@pytest.fixture
def asked(monkeypatch):
    """What Stripe was asked to begin."""
    found, begin = [], Stripe.subscribe

    def note(provider, request):
        found.append(request.idempotency_key)
        return begin(provider, request)

    monkeypatch.setattr(Stripe, "subscribe", note)
    return found


def test_who_presses_several_times_at_once_begins_one_subscription(app, asked):
    results = at_once(app, 4, lambda _number: started())
    pages = {each for each in results if isinstance(each, str)}
    assert [each for each in results if not isinstance(each, (str, Refused))] == []
    assert (len(pages), len(asked)) == (1, 1)
    assert len(db.session.scalars(select(PaidSubscription)).all()) == 1


def test_control_without_the_claim_the_provider_is_asked_twice(app, asked, monkeypatch):
    monkeypatch.setattr(beginning, "_claimed", lambda _subscription_id: True)
    both, start = Barrier(2), beginning._start
    with unit_of_work():
        beginning._written(OFFER, Stripe())
    monkeypatch.setattr(beginning, "_start", lambda *given: both.wait(60) < 2 and start(*given))
    at_once(app, 2, lambda _number: started())
    assert len(asked) == 2


def test_lost_messages_are_found_by_asking(app, outbox, run_jobs, monkeypatch):
    reference = started()
    act(reference, "succeed", delivery="never")
    run_jobs()
    assert subscription().state == "starting"
    now_it_is(timedelta(minutes=3), monkeypatch)
    learning.reconcile_subscriptions()
    assert (subscription().state, len(orders())) == ("active", 1)
    now_it_is(timedelta(days=31), monkeypatch)
    run_jobs()  # the provider renews; of its messages none arrives
    learning.reconcile_subscriptions()
    assert len(orders()) == 2


def test_a_start_that_died_after_the_provider_was_asked_is_gone_on_with(app, monkeypatch):
    asked = []
    subscribed = Stripe.subscribe

    def die(self, request):
        asked.append(subscribed(self, request).reference)
        raise ConnectionError("killed before we wrote it down")

    with monkeypatch.context() as patch:
        patch.setattr(Stripe, "subscribe", die)
        with pytest.raises(Refused):
            started()
    with pytest.raises(Refused, match="already opening"):
        started()
    now_it_is(timedelta(seconds=25), monkeypatch)
    assert [started()] == asked
    assert db.session.query(PaidSubscription).count() == 1


def test_another_offer_for_the_same_subject_ends_the_page_of_the_first(app):
    first = started()
    second = started(replace(OFFER, amount_minor=900))
    assert second != first
    assert Stripe().look_up_subscription(first).state == "expired"


def test_a_renewal_that_fails_is_told_tried_again_and_ended_after_the_days_of_grace(
    app, outbox, run_jobs, monkeypatch
):
    reference = started()
    act(reference, "succeed")
    act(reference, "renew_declined")
    run_jobs()
    assert subscription().state == "past_due"
    assert reference in subscription().pay_url
    assert "Your payment for The club failed" in kinds(outbox)
    act(reference, "pay_renewal")
    run_jobs()
    assert (subscription().state, len(orders())) == ("active", 2)
    act(reference, "renew_declined")
    run_jobs()
    now_it_is(timedelta(days=12), monkeypatch)
    ending.end_unpaid()
    ending.end_unpaid()
    run_jobs()
    assert kinds(outbox).count("Your payment for The club failed") == 3, "told once more, once"
    assert subscription().state == "past_due"
    now_it_is(timedelta(days=3), monkeypatch)
    ending.end_unpaid()
    run_jobs()
    assert subscription().state == "ended"
    assert kinds(outbox)[-1] == "The club has ended"
    assert Stripe().look_up_subscription(reference).state == "ended"


def test_it_ends_with_what_is_paid_and_can_be_kept_until_then(app, outbox, run_jobs, monkeypatch):
    act(started(), "succeed")
    run_jobs()
    end_subscription(subscription().id)
    assert subscription().ends_at == subscription().paid_until
    keep_subscription(subscription().id)
    assert subscription().ends_at is None
    end_subscription(subscription().id)
    now_it_is(timedelta(days=31), monkeypatch)
    run_jobs()
    assert (subscription().state, len(orders())) == ("ended", 1)
    with pytest.raises(Refused, match="ended"):
        keep_subscription(subscription().id)


def test_ended_at_once_the_last_payment_goes_back_once(app, outbox, run_jobs):
    act(started(), "succeed")
    run_jobs()
    for _press in range(2):
        end_subscription(subscription().id, at_once=True, refund_last=True)
        run_jobs()
    (refund,) = db.session.scalars(select(Refund)).all()
    assert (refund.amount_minor, refund.state) == (500, RefundState.DONE)
    (payment,) = db.session.scalars(select(Payment)).all()
    assert payment.reference.startswith("in_")
    assert subscription().state == "ended"


@pytest.fixture
def half_over(app, outbox, run_jobs, monkeypatch):
    """The pay page's reference of a subscription to the club of which half a month is over."""
    reference = started()
    act(reference, "succeed")
    run_jobs()
    now_it_is(timedelta(days=15), monkeypatch)
    return reference


def change(title="The patrons", amount_minor=1500):
    change_subscription(subscription().id, title=title, amount_minor=amount_minor)


def test_a_change_charges_what_the_rest_costs_more_and_credits_what_it_costs_less(half_over):
    change()
    found = subscription()
    assert (found.title, found.amount_minor, found.state) == ("The patrons", 1500, "active")
    assert [order.total_minor for order in orders()] == [500, 500], "half of ten euros more"
    change("The friends", 1000)
    assert len(orders()) == 2, "less is no payment"
    act(half_over, "renew", delivery="never")
    learning.look_up_subscription(subscription().id, learned_from="look-up")
    assert orders()[-1].total_minor == 1000 - 250
    assert not db.session.scalars(select(Refund)).all()
    change("The club", 1)
    act(half_over, "renew", delivery="never")
    before = subscription().paid_until
    learning.look_up_subscription(subscription().id, learned_from="look-up")
    assert len(orders()) == 3
    assert subscription().paid_until > before, "paid by the credit"


def test_a_card_that_is_refused_changes_nothing(half_over):
    act(half_over, "renew", renewals="decline")
    learning.look_up_subscription(subscription().id, learned_from="look-up")
    with pytest.raises(Refused, match="card was refused"):
        change()
    assert (subscription().title, subscription().amount_minor) == ("The club", 500)
    change("The readers", 400)
    assert subscription().amount_minor == 400
    with pytest.raises(Refused, match="already"):
        change("The readers", 400)
    end_subscription(subscription().id)
    with pytest.raises(Refused, match="is to go on"):
        change()


def test_two_presses_at_once_change_it_once(app, half_over):
    results = at_once(app, 2, lambda _number: change())
    assert sorted(type(each) for each in results if each is not None) == [Refused]
    assert [order.total_minor for order in orders()] == [500, 500]


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "control-without-the-guard"])
def test_while_it_is_changed_nobody_else_changes_it(half_over, monkeypatch, is_guarded):
    asked, ask = [], Stripe.change_subscription
    if not is_guarded:
        monkeypatch.setattr(changing, "_has_died", lambda _row: True)

    def note(provider, reference, wanted):
        asked.append(wanted.amount_minor)
        if len(asked) == 1:
            with suppress(Refused):
                change()
        ask(provider, reference, wanted)

    monkeypatch.setattr(Stripe, "change_subscription", note)
    change()
    assert len(asked) == (1 if is_guarded else 2)
    assert [order.total_minor for order in orders()] == [500, 500], "one key is charged once"


def test_a_change_of_which_nobody_heard_is_found_by_asking(half_over, monkeypatch):
    ask = Stripe.change_subscription

    def die(*given):
        ask(*given)
        raise TimeoutError

    monkeypatch.setattr(Stripe, "change_subscription", die)
    with pytest.raises(Refused, match="Look again"):
        change()
    assert subscription().amount_minor == 500
    now_it_is(timedelta(minutes=3), monkeypatch)
    learning.reconcile_subscriptions()
    assert (subscription().title, subscription().amount_minor) == ("The patrons", 1500)
    assert [order.total_minor for order in orders()] == [500, 500]


def test_a_buyer_who_is_forgotten_pays_no_more(app, outbox, run_jobs):
    reference = started()
    act(reference, "succeed")
    run_jobs()
    with unit_of_work():
        personal.erase(OFFER.email)
    run_jobs()
    assert (subscription().email, subscription().state) == ("", "ended")
    assert Stripe().look_up_subscription(reference).state == "ended"


def test_a_plugin_makes_an_order_and_its_buyer_pays_it(app, outbox, run_jobs):
    with unit_of_work():
        made = make_order(
            NewOrder("ruth@example.org", "EUR", (NewOrderLine("An evening", 1200, 2),))
        )
    reference = pay_order(made.id, "stripe").rpartition("/")[2]
    act(reference, "succeed")
    run_jobs()
    (order,) = orders()
    assert (order.is_paid, order.total_minor) == (True, 2400)
    with pytest.raises(Refused):
        pay_order(made.id, "stripe")
