"""Cards that were refused: how many, lately and whose, and whether someone tries stolen ones on this site.

Those who try stolen cards make small payments by the hundred, most of them refused. What we count comes from the
provider, asked by our own jobs. While most cards on the site are refused, everyone has fewer tries.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, func, select

from shop.blueprints.orders.models import Order
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.settings import PaymentSettings
from shop.blueprints.payments.states import PaymentState
from shop.core import clock, settings
from shop.core.mail.mailboxes import normal_address
from shop.plugins.api import db

WINDOW = timedelta(hours=1)
WAVE = timedelta(minutes=10)
WAVE_AT_LEAST = 20
TRIES_DURING_A_WAVE = 1
NETWORK_FACTOR = 3
"""Many honest people share a network: it may have so many times the declines of one person."""


class CardsTried(Exception):
    """Someone tries stolen cards on this site."""


def allowed_now() -> int:
    """How many cards of one buyer may be refused in an hour, as things are."""
    allowed = settings.current(PaymentSettings).declines_an_hour
    return min(allowed, TRIES_DURING_A_WAVE) if is_wave() else allowed


def are_too_many(declines: int) -> bool:
    """Whether so many cards were refused on one payment's page that it should be closed."""
    return declines >= settings.current(PaymentSettings).declines_an_hour


def declines_of_payment(payment_id: int) -> int:
    """Cards refused on a payment."""
    return _sum(select(Payment.declines).where(Payment.id == payment_id))


def are_tried_out(email: str, *, neighbours: Select[int] | None) -> bool:
    """Whether too many cards were refused lately on the orders of an address, or on its neighbours'.

    Args:
        neighbours: ids of the orders from the same network in the last hour, if the network is known.
    """
    allowed = allowed_now()
    if _of_email(email) >= allowed:
        return True
    return neighbours is not None and _of_orders(neighbours) >= allowed * NETWORK_FACTOR


def _of_email(email: str) -> int:
    return _sum(
        select(func.sum(Payment.declines))
        .join(Order, Order.id == Payment.order_id)
        .where(Order.email == normal_address(email), Payment.started_at > clock.now() - WINDOW)
    )


def _of_orders(order_ids: Select[int]) -> int:
    return _sum(select(func.sum(Payment.declines)).where(Payment.order_id.in_(order_ids)))


def is_wave() -> bool:
    """Whether most cards on the whole site are refused at present."""
    since = clock.now() - WAVE
    row = db.session.execute(
        select(
            func.coalesce(func.sum(Payment.declines), 0),
            func.count().filter(Payment.state == PaymentState.PAID),
        ).where(Payment.started_at > since)
    ).one()
    declines, paid = int(row[0]), int(row[1])
    return declines >= WAVE_AT_LEAST and declines > paid


def _sum(query: Select[int]) -> int:
    return int(db.session.scalar(query) or 0)
