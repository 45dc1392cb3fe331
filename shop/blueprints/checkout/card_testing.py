"""Against those who try stolen cards: small payments by the hundred, most of them refused.

Three things are looked at before anything is placed: how many cards were refused lately for the same email address,
for the same network, and on the whole site. Beginning to pay is limited besides (`views.pay`).
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import Select, select

from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.payments import declines
from shop.core import clock
from shop.core.secrets.tokens import fingerprint
from shop.core.web.networks import network_around
from shop.plugins.api import TooMany


def address_key(address: str | None) -> str:
    """A network as we remember it: hashed with our key; of IPv6 the /64, of which one customer has all addresses."""
    network = network_around(address)
    return fingerprint("checkout.network", network) if network else ""


def refuse_testers(*, email: str, address: str | None) -> str:
    """Stop someone whose cards are refused again and again.

    Returns:
        The `address_key` under which the network is remembered.

    Raises:
        TooMany: for up to an hour.
    """
    network = address_key(address)
    if declines.are_tried_out(email, neighbours=_orders_of(network) if network else None):
        raise TooMany(
            _("Too many cards were declined. Nothing was charged. Please try again in an hour."),
            retry_after=int(declines.WINDOW.total_seconds()),
        )
    return network


def _orders_of(network: str) -> Select[int]:
    """Orders of the last hour from a network."""
    since = clock.now() - declines.WINDOW
    return select(CheckoutAttempt.order_id).where(
        CheckoutAttempt.address_key == network, CheckoutAttempt.created_at > since
    )
