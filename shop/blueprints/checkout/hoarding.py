"""Against those who reserve what they never pay for: nobody holds more than a few unpaid orders, or items, at once.

Counted for the mailbox and for the network, under locks that are kept until the order is placed, so that two presses at
once never both find the last room. The order that this very cart has does not count: it is gone on with, or replaced.
Items of which nobody counts the stock are taken from nobody, so only their orders count. And the more of a stock unpaid
orders hold, the sooner a new one gives it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, ScalarSelect, func, select

from shop.blueprints.cart.basket import Basket
from shop.blueprints.catalog.models import Reservation, ReservationState, Variant
from shop.blueprints.catalog.stock import reservations
from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.checkout.settings import SHORTEST_MINUTES, CheckoutSettings
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import OrderState
from shop.core import clock, settings
from shop.core.database import lock_names
from shop.core.mail.mailboxes import mailbox_of
from shop.plugins.api import Refused, TooMany, db

NETWORK_FACTOR = 4
"""Many honest people share a network: it may have so many times the unpaid orders, and items, of one person."""
TRY_AGAIN = timedelta(minutes=10)


class HoldsTooMuch(TooMany):
    """Somebody, or their network, has reserved as much as may be reserved without paying."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after=int(TRY_AGAIN.total_seconds()))


def reservation_time(wanted: Mapping[int, int]) -> timedelta:
    """How long an order of these items, by variant, keeps them: the more of a stock is held, the shorter."""
    longest = timedelta(minutes=settings.current(CheckoutSettings).reservation_minutes)
    shortest = timedelta(minutes=SHORTEST_MINUTES)
    return longest - (longest - shortest) * reservations.share_held(wanted)


def refuse_hoarders(basket: Basket, *, email: str, network: str) -> None:
    """Stop someone who has reserved too much already. Only inside the unit of work that is going to reserve.

    Args:
        network: the `address_key` of the buyer's network; empty when it is unknown.

    Raises:
        HoldsTooMuch: until something of it is paid, given up, or has expired.
        Refused: this order alone is more than anybody may reserve.
    """
    mailbox, rules = mailbox_of(email), settings.current(CheckoutSettings)
    items = sum(line.quantity for line in basket.lines if line.remaining is not None)
    if items > rules.unpaid_items:
        raise Refused(
            _("One order can have at most %(n)d items. Order less.", n=rules.unpaid_items)
        )
    lock_names(f"reserves:{mailbox}", *([f"reserves:{network}"] if network else []))
    others = _unpaid(basket.cart_id, mailbox, network)
    if _have_no_room([each for each in others if mailbox_of(each.email) == mailbox], items, 1):
        raise HoldsTooMuch(
            _("You have several unpaid orders. Pay for one of them, or try again in a while.")
        )
    near = [each for each in others if network and each.address_key == network]
    if _have_no_room(near, items, NETWORK_FACTOR):
        raise HoldsTooMuch(
            _("Too many orders from your network are unpaid. Please try again in a while.")
        )


def _have_no_room(orders: Sequence[Row[Any]], items: int, factor: int) -> bool:
    rules = settings.current(CheckoutSettings)
    held = sum(each.items or 0 for each in orders)
    return len(orders) >= rules.unpaid_orders * factor or held + items > rules.unpaid_items * factor


def _unpaid(cart_id: int | None, mailbox: str, network: str) -> Sequence[Row[Any]]:
    """(email, address_key, items) of unpaid orders of other carts: of the network, or maybe of the mailbox."""
    return db.session.execute(
        select(Order.email, CheckoutAttempt.address_key, _items_held().label("items"))
        .join(Order, Order.id == CheckoutAttempt.order_id)
        .where(Order.state == OrderState.AWAITING_PAYMENT, Order.reserved_until > clock.now())
        .where(CheckoutAttempt.cart_id != (cart_id or 0))
        .where((CheckoutAttempt.address_key == network) | _may_be_of(mailbox))
    ).all()


def _items_held() -> ScalarSelect[Any]:
    return (
        select(func.sum(Reservation.quantity))
        .join(Variant, Variant.id == Reservation.variant_id)
        .where(
            Reservation.reference == Order.link_key,
            Reservation.state == ReservationState.HELD,
            Variant.stock_on_hand.is_not(None),
            Variant.may_oversell.is_(False),
        )
        .correlate(Order)
        .scalar_subquery()
    )


def _may_be_of(mailbox: str) -> ColumnElement[bool]:
    """Whose address begins as this one does; which addresses are one mailbox, `mailbox_of` tells."""
    return Order.email.startswith(mailbox[:1], autoescape=True)
