"""Against those who try stolen cards: small payments by the hundred, most of them refused.

Three things are looked at before anything is placed: how many cards were refused lately for the same e-mail address,
for the same network, and on the whole site. While most cards on the site are refused, everybody has fewer tries. What
we count comes from the provider, asked by our own jobs; beginning to pay is limited besides (`views.pay`).
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.blueprints.orders.models import Order, Payment
from shop.blueprints.orders.states import PaymentState
from shop.core import clock, settings
from shop.core.errors import TooMany
from shop.core.tokens import fingerprint
from shop.extensions import db

WINDOW = timedelta(hours=1)
NETWORK_FACTOR = 3
"""Many honest people share a network's address: it has so many times the tries of one."""
WAVE = timedelta(minutes=10)
WAVE_AT_LEAST = 20
TRIES_DURING_A_WAVE = 1


class CardsTried(Exception):
    """Somebody tries stolen cards on this site."""


def address_key(address: str | None) -> str:
    """A network as we remember it: hashed with our key; of IPv6 the /64, of which one customer has all addresses."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if parsed.version == 6:
        parsed = ipaddress.ip_network((parsed, 64), strict=False).network_address
    return fingerprint("checkout.network", str(parsed))


def refuse_testers(*, email: str, network: str) -> None:
    """Stop somebody whose cards are refused again and again. `network` is an `address_key`.

    Raises:
        TooMany: for up to an hour.
    """
    allowed = settings.current(CheckoutSettings).declines_an_hour
    if is_wave():
        allowed = min(allowed, TRIES_DURING_A_WAVE)
    if declines_of_email(email) >= allowed or (
        network and declines_of_network(network) >= allowed * NETWORK_FACTOR
    ):
        raise TooMany(
            _("Too many cards were refused. Nothing was charged. Please try again in an hour."),
            retry_after=int(WINDOW.total_seconds()),
        )


def is_tried_out(declines: int) -> bool:
    """Whether so many cards were refused on one payment's page that it should be closed."""
    return declines >= settings.current(CheckoutSettings).declines_an_hour


def declines_of_email(email: str) -> int:
    """Cards refused in the last hour on orders of an address."""
    return _sum(
        select(func.sum(Payment.declines))
        .join(Order, Order.id == Payment.order_id)
        .where(Order.email == email.lower(), Payment.started_at > clock.now() - WINDOW)
    )


def declines_of_network(network: str) -> int:
    """Cards refused in the last hour on orders from a network."""
    since = clock.now() - WINDOW
    return _sum(
        select(func.sum(Payment.declines))
        .join(CheckoutAttempt, CheckoutAttempt.order_id == Payment.order_id)
        .where(CheckoutAttempt.address_key == network, CheckoutAttempt.created_at > since)
    )


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
