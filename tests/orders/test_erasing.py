"""Who asks to be forgotten is: at once, or as soon as the order is done, without asking twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from shop.blueprints.accounts import personal
from shop.blueprints.orders import erasing, fulfilment, mails, queries
from shop.blueprints.orders.models import ERASED
from shop.blueprints.payments.disputes import verdicts as dispute_verdicts
from shop.blueprints.payments.settlement import Settlement
from shop.blueprints.shipments import queries as shipment_queries
from shop.blueprints.shipments import services as shipments
from shop.core import clock
from shop.core.mail.models import Mail
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import OrderErased
from tests.factories.accounts import PASSWORD, make_account, sign_in
from tests.factories.orders import (
    first_payment,
    make_free_order,
    make_order,
    make_payment,
    make_variant,
    paid,
)
from tests.payments.test_disputes import told
from tests.payments.test_refunds import bought
from tests.payments.test_settling import cancelled, seen, settled

EMAIL = "ruth@example.org"


@pytest.fixture
def a_day_later(monkeypatch, run_jobs):
    """Let days pass, and do what has become due."""
    began = clock.now()

    def pass_days(days=1):
        monkeypatch.setattr(clock, "now", lambda: began + timedelta(days=days, minutes=1))
        run_jobs()

    return pass_days


@pytest.fixture
def to_send(till, outbox, run_jobs):
    order = bought(till, (make_variant(digital=False, stock=5), 1), note="Ring twice")
    run_jobs()
    return order


def erase(email=EMAIL):
    with unit_of_work():
        personal.erase(email)


def is_erased(order):
    found = seen(order)
    return (EMAIL not in found.email, found.name, found.address, found.note) == (True, "", None, "")


def test_what_is_to_be_sent_keeps_its_buyer_until_it_has_left(to_send, a_day_later, published):
    erase()
    a_day_later(1)
    assert not is_erased(to_send)
    with unit_of_work():
        shipments.send_parcel(to_send, {to_send.lines[0].id: 1}, carrier="DHL", code="0034")
    a_day_later(2)
    assert is_erased(to_send)
    assert published.count(OrderErased(to_send.id)) == 1
    [parcel] = shipment_queries.shipments_of(to_send.id)
    assert (parcel.tracking_code, parcel.tracking_url) == ("", "")
    assert not any("0034" in step.why for step in seen(to_send).transitions)


def test_money_that_a_bank_decides_about_keeps_its_buyer_until_then(till, outbox, a_day_later):
    order = bought(till, (make_variant(), 1))
    dispute_verdicts.learn_of_dispute("till", told(order))
    erase()
    a_day_later(1)
    assert not is_erased(order)
    dispute_verdicts.learn_of_dispute("till", told(order, "won"))
    a_day_later(2)
    assert is_erased(order)


def test_what_was_ordered_after_somebody_asked_to_be_forgotten_is_kept(
    to_send, outbox, a_day_later
):
    erase()
    later = make_free_order()
    with unit_of_work():
        fulfilment.ship_pieces(to_send, {to_send.lines[0].id: 1}, why="sent")
    a_day_later()
    assert (is_erased(to_send), is_erased(later)) == (True, False)


def test_money_that_comes_after_its_buyer_was_forgotten_goes_back_and_is_written_to_nobody(
    till, outbox, run_jobs
):
    order = make_order((make_variant(digital=False, stock=5), 1))
    payment = make_payment(order)
    cancelled(order)
    erase()
    till.verdicts["ref-1"] = paid(payment)
    assert settled(payment.id, paid(payment)) is Settlement.REFUND_DUE
    run_jobs()
    assert (seen(order).state, first_payment(seen(order)).state) == ("cancelled", "given_back")
    assert outbox.messages == []


def test_the_owner_reads_on_the_order_that_its_buyer_wants_to_be_forgotten(client, to_send):
    erase()
    assert [note.to_buyer for note in queries.notes_of(to_send.id)] == [False]
    sign_in(client, make_account("editor", given=["orders.manage"]))
    assert "asked us to erase their data" in client.get(f"/admin/orders/{to_send.id}").text


def test_a_buyer_is_told_what_has_to_stay_for_now(client, to_send):
    sign_in(client, make_account(email=EMAIL))
    said = client.post("/account/data/erase", data={"password": PASSWORD})
    assert said.status_code == 303, said.text
    words = client.get("/account/sign-in").text
    assert "keep: Orders" in words
    assert "An open order is erased automatically once it is complete." in words


def test_asking_twice_erases_once(to_send, a_day_later, published):
    erase()
    erase()
    with unit_of_work():
        fulfilment.ship_pieces(to_send, {to_send.lines[0].id: 1}, why="sent")
    a_day_later()
    assert is_erased(to_send)
    assert published.count(OrderErased(to_send.id)) == 1


def test_the_job_knows_orders_and_no_address(to_send, app):
    from shop.core.jobs import Job
    from shop.extensions import db

    erase()
    [job] = db.session.query(Job).filter(Job.kind == erasing.ERASE_JOB)
    assert job.payload == {"order_ids": [to_send.id]}


def test_who_is_forgotten_while_a_mail_is_rendered_gets_none(app):
    order = make_order(email="ruth@example.org")
    queue_mail = mails.prepare_confirmation(order)
    with unit_of_work():
        queries.lock(order.id).email = f"nobody{ERASED}"
    with unit_of_work():
        queue_mail()
    assert db.session.scalars(select(Mail)).all() == []
