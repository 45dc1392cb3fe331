"""Pays the past orders of the demonstration at Stripe's stand-in, as buyers did, so that they can be refunded."""

from __future__ import annotations

from shop.blueprints.checkout import starting
from shop.blueprints.orders import paying
from shop.blueprints.orders.models import Order, Payment
from shop.blueprints.orders.settlement import Settlement, settle
from shop.blueprints.payments_stripe.provider import Stripe
from shop.blueprints.payments_stripe.standin import bank, objects
from shop.blueprints.payments_stripe.standin.telling import Delivery
from shop.core.errors import Refused


def pay(order: Order) -> Payment:
    """Pay an order with a test payment of which no webhook tells.

    Raises:
        Refused: it could not be paid.
    """
    stripe = Stripe()
    payment = paying.begin_payment(order, stripe.name)
    started = stripe.start(starting.request_for(order, payment))
    paying.open_payment(payment.id, started)
    session = objects.find("session", started.reference, lock=True)
    session.hidden["delivery"] = Delivery.NEVER
    bank.pay(session)
    verdict = stripe.look_up(started.reference)
    if settle(payment.id, verdict, learned_from="demonstration") is not Settlement.PAID:
        raise Refused("The past orders of the demonstration could not be paid.")
    return payment
