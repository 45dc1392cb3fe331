"""Pays the past orders of the demonstration at Stripe's stand-in, as buyers did, so that they can be refunded."""

from __future__ import annotations

from shop.blueprints.orders.models import Order
from shop.blueprints.payments.attempts import opening, starting
from shop.blueprints.payments.attempts.starting import WaysBack
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.settlement import Settlement, settle
from shop.blueprints.payments_stripe.provider import Stripe
from shop.blueprints.payments_stripe.standin import bank, objects
from shop.blueprints.payments_stripe.standin.telling import WebhookDelivery
from shop.core.errors import Refused
from shop.core.web.security import absolute_url


def pay(order: Order) -> Payment:
    """Pay an order with a test payment of which no webhook tells.

    Raises:
        Refused: it could not be paid.
    """
    stripe = Stripe()
    payment = opening.begin_payment(order, stripe.name)
    order_page = absolute_url("orders.show", token=order.token)
    back = WaysBack(returned=order_page, cancelled=order_page)
    started = stripe.start(starting.request_for(order, payment, back))
    opening.open_payment(payment.id, started)
    session = objects.find_object("session", started.reference, lock=True)
    session.hidden["delivery"] = WebhookDelivery.NEVER
    bank.pay(session)
    verdict = stripe.look_up(started.reference)
    if settle(payment.id, verdict, learned_from="demonstration") is not Settlement.PAID:
        raise Refused("The past orders of the demonstration could not be paid.")
    return payment
