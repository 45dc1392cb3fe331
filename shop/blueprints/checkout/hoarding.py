"""Against those who reserve what they never pay for: nobody holds more than a few unpaid orders at once.

Counted for the mailbox and for the network. The order that this very cart has does not count: it is gone on with, or
replaced.
"""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import OrderState
from shop.core import clock, settings
from shop.core.errors import TooMany
from shop.core.mailboxes import mailbox_of
from shop.extensions import db

NETWORK_FACTOR = 4
"""Many honest people share a network: it may have so many times the unpaid orders of one person."""
TRY_AGAIN = timedelta(minutes=10)


def refuse_hoarders(cart_id: int | None, *, email: str, network: str) -> None:
    """Stop someone who has too many unpaid orders already.

    Args:
        network: the `address_key` of the buyer's network; empty when it is unknown.

    Raises:
        TooMany: until one of them is paid, given up, or has expired.
    """
    most = settings.current(CheckoutSettings).unpaid_orders
    mailbox = mailbox_of(email)
    others = db.session.execute(
        select(Order.email, CheckoutAttempt.address_key)
        .join(Order, Order.id == CheckoutAttempt.order_id)
        .where(*_hold_items(), CheckoutAttempt.cart_id != (cart_id or 0))
        .where((CheckoutAttempt.address_key == network) | _may_be_of(mailbox))
    ).all()
    of_person = sum(mailbox_of(other.email) == mailbox for other in others)
    of_network = sum(bool(network) and other.address_key == network for other in others)
    if of_person >= most or of_network >= most * NETWORK_FACTOR:
        raise TooMany(
            _("You have several unpaid orders. Pay for one of them, or try again in a while."),
            retry_after=int(TRY_AGAIN.total_seconds()),
        )


def _hold_items() -> tuple[ColumnElement[bool], ...]:
    return (Order.state == OrderState.AWAITING_PAYMENT, Order.reserved_until > clock.now())


def _may_be_of(mailbox: str) -> ColumnElement[bool]:
    """Whose address begins as this one does; which addresses are one mailbox, `mailbox_of` tells."""
    return Order.email.startswith(mailbox[:1], autoescape=True)
