"""Refunds and disputes at Stripe, told by webhooks and looked up before they are believed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shop.blueprints.payments.disputes.models import Dispute
from shop.blueprints.payments.refunds import deciding
from shop.blueprints.payments.refunds.models import Refund
from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.blueprints.payments_stripe.provider import Stripe
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.checkout.buying import orders
from tests.factories.orders import first_payment
from tests.factories.stripe import act, begin, choose, event, open_session, send, wish


@pytest.fixture
def order(client, run_jobs, outbox):
    choose(client, begin(client), "succeed")
    run_jobs()
    [found] = orders()
    return found


def ask_for(order, amount, key=""):
    with unit_of_work():
        return deciding.decide_refund(
            order, amount, reason="It tore", restock=False, by=None, key=key
        ).id


def seen(refund_id):
    return db.session.get(Refund, refund_id, populate_existing=True)


def outcomes(about):
    query = select(WebhookEvent.outcome).where(WebhookEvent.about == about)
    return list(db.session.scalars(query.order_by(WebhookEvent.id)))


def given_back(order):
    intent = Stripe().look_up(first_payment(order).reference)
    assert intent.state == "paid"
    return sum(
        each.amount_minor for each in db.session.scalars(select(Refund)) if each.state == "done"
    )


@pytest.mark.parametrize("delivery", ["once", "thrice", "reversed", "never"])
def test_a_refund_goes_back_once_however_its_messages_come(order, run_jobs, delivery):
    wish(first_payment(order).reference, delivery=delivery)
    refund_id = ask_for(orders()[0], 400)
    run_jobs()
    run_jobs()
    assert (seen(refund_id).state, given_back(orders()[0])) == ("done", 400)
    assert set(outcomes("refund")) <= {"done"}


def test_a_refund_that_fails_days_later_is_learned_of(order, run_jobs):
    reference = first_payment(order).reference
    wish(reference, refunds="pending")
    refund_id = ask_for(orders()[0], 1400)
    run_jobs()
    assert seen(refund_id).state == "pending"
    act(reference, "refunds_failed")
    run_jobs()
    assert seen(refund_id).state == "failed"


def test_a_refund_made_in_stripes_dashboard_is_learned_of(order, run_jobs):
    Stripe().refund(
        first_payment(order).reference,
        amount_minor=500,
        currency="EUR",
        idempotency_key="by hand",
        reason="",
    )
    run_jobs()
    [refund] = db.session.scalars(select(Refund))
    assert (refund.state, refund.amount_minor) == ("done", 500)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_is_heeded_and_its_end_too(order, run_jobs, outcome):
    reference = first_payment(order).reference
    act(reference, "dispute")
    run_jobs()
    assert orders()[0].is_disputed
    act(reference, f"dispute_{outcome}")
    run_jobs()
    [dispute] = db.session.scalars(select(Dispute))
    assert (dispute.state, orders()[0].is_disputed) == (outcome, False)


def test_refunds_and_disputes_of_another_shop_on_the_same_account_change_nothing(
    client, order, run_jobs
):
    foreign = open_session("foreign")
    act(foreign, "succeed", delivery="never")
    given = Stripe().refund(
        foreign, amount_minor=5, currency="EUR", idempotency_key="theirs", reason=""
    )
    send(client, event("refund.created", given.reference, event_id="evt_9"))
    run_jobs()
    assert outcomes("refund") == ["not ours"]
    assert db.session.scalars(select(Refund)).all() == []
