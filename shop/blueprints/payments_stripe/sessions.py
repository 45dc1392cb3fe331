"""What we ask Stripe for: a hosted Checkout session that charges exactly what the order says.

https://docs.stripe.com/api/checkout/sessions/create. Every field follows from what is stored, so that a request that
is repeated under its idempotency key says the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from shop.blueprints.payments_stripe import amounts
from shop.blueprints.payments_stripe.notices import METADATA_KEY
from shop.core import clock
from shop.plugins.api import PaymentRequest

if TYPE_CHECKING:
    from stripe.params import CouponCreateParams
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

SHORTEST = timedelta(minutes=40)
"""Stripe refuses sessions of less than 30 minutes, counted when our request arrives there.

A start that died on the way is asked for again in the same words: for ten minutes they still hold.
"""
LONGEST = timedelta(hours=23, minutes=59)
MOST_LINES = 100
LONGEST_NAME = 200
LONGEST_COUPON_NAME = 40
LOCALES = frozenset(
    """bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru
    sk sl sv th tr vi zh zh-HK zh-TW""".split()  # noqa: SIM905 - a list of them is unreadable
)


def session_of(payment: PaymentRequest, *, coupon: str | None) -> SessionCreateParams:
    """The session of a payment. `coupon` is the id of its discount.

    Raises:
        AmountNotPossible: Stripe can't charge exactly this.
    """
    currency = payment.currency.lower()
    kept = {METADATA_KEY: payment.idempotency_key, "order": payment.order_number}
    asked: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": payment.order_number,
        "customer_email": payment.email,
        "locale": locale_of(payment.locale),
        "line_items": line_items(payment),
        "metadata": kept,
        "payment_intent_data": {
            "metadata": kept,
            "description": _("Order %(number)s", number=payment.order_number),
        },
        "adaptive_pricing": {"enabled": False},  # the order's currency is the one that is charged
        "success_url": payment.return_url,
        "cancel_url": payment.cancel_url,
        "expires_at": int(ends_at(payment).timestamp()),
    }
    if coupon is not None:
        asked["discounts"] = [{"coupon": coupon}]
    if is_itemised(payment) and (payment.needs_shipping or payment.shipping_minor):
        asked["shipping_options"] = [
            {
                "shipping_rate_data": {
                    "type": "fixed_amount",
                    "display_name": (payment.shipping_label or _("Shipping"))[:LONGEST_NAME],
                    "fixed_amount": {"amount": payment.shipping_minor, "currency": currency},
                }
            }
        ]
    return asked


def coupon_of(payment: PaymentRequest) -> CouponCreateParams | None:
    """The coupon of a discount, good for this session alone: Stripe takes no negative lines. None without one."""
    if not payment.discount_minor or not is_itemised(payment):
        return None
    return {
        "amount_off": payment.discount_minor,
        "currency": payment.currency.lower(),
        "duration": "once",
        "max_redemptions": 1,
        "name": (payment.discount_label or _("Discount"))[:LONGEST_COUPON_NAME],
        "redeem_by": int(ends_at(payment).timestamp()),
        "metadata": {METADATA_KEY: payment.idempotency_key},
    }


def line_items(payment: PaymentRequest) -> list[SessionCreateParamsLineItem]:
    """What is paid for, line by line; as one line where Stripe could not add it up to the same sum."""
    amounts.chargeable(payment.amount_minor, payment.currency)
    if not is_itemised(payment):
        name = _("Order %(number)s", number=payment.order_number)
        return [_line(name, payment.amount_minor, 1, payment.currency)]
    lines = [
        _line(line.title, line.unit_minor, line.quantity, payment.currency)
        for line in payment.lines
    ]
    if payment.tax_minor:
        lines.append(_line(_("Tax"), payment.tax_minor, 1, payment.currency))
    return lines


def is_itemised(payment: PaymentRequest) -> bool:
    """Whether lines, discount, shipping and tax can be told apart, and add up to what is charged."""
    goods = sum(line.unit_minor * line.quantity for line in payment.lines) + payment.tax_minor
    count = len(payment.lines) + bool(payment.tax_minor)
    return (
        0 < count <= MOST_LINES
        and payment.discount_minor <= goods
        and goods - payment.discount_minor + payment.shipping_minor == payment.amount_minor
    )


def ends_at(payment: PaymentRequest) -> datetime:
    """When Stripe itself ends the session: with our reservation, but never sooner than Stripe allows.

    Where the reservation ends first, we end the session then (`close_expired`); this is what remains
    should we be away at that moment. Money that comes nevertheless is treated as late.
    """
    began = payment.started_at or clock.now()
    return min(max(payment.expires_at, began + SHORTEST), began + LONGEST)


def _line(name: str, unit_minor: int, quantity: int, currency: str) -> SessionCreateParamsLineItem:
    return {
        "quantity": quantity,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": unit_minor,
            "product_data": {"name": name[:LONGEST_NAME].strip() or "–"},
        },
    }


def locale_of(locale: str) -> str:
    """The language of Stripe's page that is nearest to ours; `auto` where it has none."""
    tag = locale.replace("_", "-")
    for known in (tag, tag.partition("-")[0]):
        if known in LOCALES:
            return known
    return "auto"
