"""A shop that takes money by Stripe's stand-in and may be killed on the way; another process that comes after it.

    main("pay", point)    orders, pays, and dies by SIGKILL at the point
    main("recover")       three minutes later, and when the reservation has ended: does what waits

The environment (SHOP_*) says on which data.
"""

from __future__ import annotations

from datetime import timedelta

from shop.app import create_app
from shop.blueprints.payments.attempts import ending, looking_up, starting
from shop.blueprints.payments_stripe.provider import Stripe
from shop.blueprints.payments_stripe.standin import bank
from shop.core import clock
from shop.core.jobs import running
from shop.core.unit_of_work import unit_of_work
from tests.factories.orders import WAYS_BACK, make_order, make_variant
from tests.faults.buying_process import die


def pay(point: str) -> None:
    """Begin, pay at the provider, be told of it by its webhook; die somewhere on the way."""
    order_id = make_order((make_variant(stock=3), 1)).id
    if point == "stripe-knows-the-session-and-we-do-not":
        starting.opening.open_payment = die
    address = starting.start_payment(order_id, Stripe(), WAYS_BACK)
    assert address
    with unit_of_work():
        session = bank.open_session(address.rsplit("/", 1)[1])
        assert session is not None
        bank.pay(session)
    if point == "stripe-has-answered-and-nothing-is-written":
        looking_up.settle = die
    running.run_due()


def recover() -> None:
    """What the runner does by and by."""
    at = clock.now()
    for minutes in (3, 45):
        moved = at + timedelta(minutes=minutes)
        clock.now = lambda moved=moved: moved
        looking_up.reconcile()
        ending.close_expired()
        running.run_due()


def main(verb: str, *arguments: str) -> None:
    with create_app().app_context():
        {"pay": pay, "recover": recover}[verb](*arguments)
