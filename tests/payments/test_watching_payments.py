"""The reconciler heals what no message told, has a turn for every payment, and the owner sees that it did."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.blueprints.orders import queries
from shop.blueprints.payments.attempts import looking_up
from shop.blueprints.payments.back_office import monitoring
from shop.blueprints.payments.models import Payment
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import PaymentVerdict
from tests.checkout.buying import orders
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import first_payment, make_order, make_payment, paid
from tests.factories.stripe import act, begin, event, send


@pytest.fixture
def later(monkeypatch):
    def go(**much):
        now = clock.now() + timedelta(**much)
        monkeypatch.setattr(clock, "now", lambda: now)

    return go


@pytest.fixture
def owner(app):
    return sign_in(app.test_client(), make_account("owner"))


def test_a_webhook_that_never_came_is_healed_and_the_owner_sees_it(client, owner, later, outbox):
    begin(client)
    [order] = orders()
    reference, key = first_payment(order).reference, first_payment(order).idempotency_key
    assert order.number in owner.get("/admin/payments/").text
    act(reference, "succeed", delivery="never")
    later(minutes=3)
    looking_up.reconcile()
    assert orders()[0].is_paid
    page = owner.get("/admin/payments/").text
    assert "Found by asking the provider" in page
    assert "never arrived" in page
    assert "only by asking the provider" in page
    with pytest.raises(monitoring.MessagesMissing, match="/webhooks/stripe"):
        monitoring.check_payments()
    send(client, event("checkout.session.completed", reference, key=key))
    assert monitoring.check_payments()
    page = owner.get("/admin/payments/").text
    assert "never arrived" not in page
    assert "checkout.session.completed" in page


def test_what_was_paid_on_time_is_not_called_healed(client, owner, run_jobs, outbox):
    client.post(begin(client), data={"outcome": "succeed"})
    run_jobs()
    assert orders()[0].is_paid
    assert "Healed" not in owner.get("/admin/payments/").text


def test_strangers_and_moderators_see_no_payments(client, app):
    assert client.get("/admin/payments/").status_code in (302, 303, 403, 404)
    moderator = sign_in(app.test_client(), make_account("moderator"))
    assert moderator.get("/admin/payments/").status_code in (403, 404)


def test_one_payment_that_can_not_be_asked_about_hides_no_other(app, till, later, monkeypatch):
    """Those that fail have their turn last."""
    monkeypatch.setattr(queries, "AT_ONCE", 2)
    for number in range(4):
        make_payment(make_order(email=f"buyer{number}@example.org"), f"ref-{number}")
    payment = db.session.query(Payment).filter_by(reference="ref-3").one()
    till.verdicts["ref-3"] = paid(payment)
    real, asked = till.look_up, []

    def fails_for_the_first(reference):
        asked.append(reference)
        if reference in ("ref-0", "ref-1"):
            raise ConnectionError("away")
        return real(reference)

    monkeypatch.setattr(till, "look_up", fails_for_the_first)
    later(minutes=3)
    looking_up.reconcile()
    looking_up.reconcile()
    assert asked == ["ref-0", "ref-1", "ref-2", "ref-3"]
    assert [order.is_paid for order in orders()] == [False, False, False, True]


def test_a_bank_at_work_is_asked_about_once_an_hour(app, till, later):
    make_payment(make_order())
    till.verdicts["ref-1"] = PaymentVerdict("ref-1", "open", is_under_way=True)
    for minutes, times in ((3, 1), (10, 1), (51, 2)):
        later(minutes=minutes)
        looking_up.reconcile()
        assert len(till.looked_up) == times


def test_payment_swap(app, till):
    """A cheap payment's reference, put in the place of a dear one, pays nothing: it was begun for something else."""
    cheap, dear = make_order(), make_order(email="dear@example.org")
    cheap_payment, dear_payment = make_payment(cheap, "ref-1"), make_payment(dear, "ref-2")
    theirs = cheap_payment.idempotency_key
    till.verdicts["ref-2"] = PaymentVerdict("ref-2", "paid", 1400, "EUR", idempotency_key=theirs)
    payment_id = dear_payment.id
    with pytest.raises(looking_up.OtherPayment):
        looking_up.look_up_payment(payment_id, learned_from="test")
    assert [order.is_paid for order in orders()] == [False, False]


def test_payment_swap_at_stripe(client, app, outbox, run_jobs):
    """Somebody who could write another session's name into a payment would still not have it paid."""
    begin(client)
    other = app.test_client()
    begin(other, email="other@example.org")
    cheap, dear = orders()
    act(first_payment(cheap).reference, "succeed", delivery="never")
    with unit_of_work():
        first, second = (db.session.get_one(Payment, first_payment(o).id) for o in (cheap, dear))
        first.reference, second.reference = None, first.reference
    client.get(f"/checkout/return/{dear.token}")
    assert [order.is_paid for order in orders()] == [False, False]
