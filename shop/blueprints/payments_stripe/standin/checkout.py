"""Checkout sessions and their coupons. https://docs.stripe.com/api/checkout/sessions"""

from __future__ import annotations

from typing import Any

from shop.blueprints.payments_stripe.standin import objects, telling
from shop.blueprints.payments_stripe.standin.errors import ApiError
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.core import money
from shop.core.web.security import absolute_url

SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 3600
MOST_LINES = 100
MOST_METADATA, LONGEST_METADATA = 50, 500
LONGEST_COUPON_NAME = 40
SMALLEST = {"USD": 50, "EUR": 50, "GBP": 30, "CHF": 50, "SEK": 300, "NOK": 300, "DKK": 250}
"""https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""

Tree = dict[str, Any]


def create_coupon(asked: Tree) -> Tree:
    """A discount that can be redeemed."""
    if asked.get("amount_off", 0) <= 0 or "currency" not in asked:
        raise ApiError("amount_off and currency are needed, above zero.", param="amount_off")
    if len(asked.get("name", "")) > LONGEST_COUPON_NAME:
        raise ApiError("Invalid string: name is longer than 40 characters.", param="name")
    if asked.get("redeem_by", objects.timestamp() + 1) <= objects.timestamp():
        raise ApiError("redeem_by must be in the future.", param="redeem_by")
    body = {"times_redeemed": 0, "valid": True, **with_metadata(asked)}
    return dict(objects.keep_object("coupon", "coupon", body).body)


def create_session(asked: Tree) -> Tree:
    """A page on which something can be paid."""
    require_basics(asked, "payment")
    currency, subtotal = priced(asked["line_items"])
    discount = _discount(asked.get("discounts", []), currency, subtotal)
    shipping = _shipping(asked.get("shipping_options", []), currency)
    total = subtotal - discount + shipping
    _chargeable(total, currency)
    intent_data = asked.get("payment_intent_data", {})
    body = {
        "mode": "payment",
        "amount_subtotal": subtotal,
        "amount_total": total,
        "total_details": {
            "amount_discount": discount,
            "amount_shipping": shipping,
            "amount_tax": 0,
        },
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "currency": currency,
        "customer_email": asked.get("customer_email"),
        "expires_at": end_of(asked.get("expires_at")),
        "locale": asked.get("locale"),
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "success_url": asked["success_url"],
        **with_metadata({"metadata": asked.get("metadata", {})}),
    }
    return keep_session(
        body,
        intent=with_metadata(intent_data),
        coupons=[each["coupon"] for each in asked.get("discounts", [])],
    )


def keep_session(body: Tree, **hidden: Any) -> Tree:
    """Keep a new session; `hidden` is what only we know of it."""
    made = objects.keep_object("session", "checkout.session", body, **hidden)
    made.body["url"] = address_of(made)
    return dict(made.body)


def address_of(session: StandInObject) -> str:
    """The pay page."""
    return absolute_url("payments_stripe.show", reference=session.id)


def require_basics(asked: Tree, mode: str) -> None:
    """What every session needs.

    Raises:
        ApiError: something of it is missing or wrong.
    """
    if asked.get("mode") != mode or not asked.get("line_items"):
        raise ApiError(f"mode `{mode}` needs line_items.", param="line_items")
    if not asked.get("success_url"):
        raise ApiError("success_url is needed.", param="success_url")
    if "@" not in asked.get("customer_email", "@"):
        raise ApiError("Invalid email address.", code="email_invalid", param="customer_email")


def expire_session(reference: str, _asked: Tree) -> Tree:
    """End an open session."""
    session = objects.find_object("session", reference, lock=True)
    if session.body["status"] != "open":
        raise ApiError(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status'
            f" of {session.body['status']}."
        )
    end_session(session)
    return dict(session.body)


def end_session(session: StandInObject) -> None:
    """Nobody pays any more."""
    session.body["status"] = "expired"
    session.body["url"] = None
    telling.tell_shop(session, ("checkout.session.expired", session))


def is_over(session: StandInObject) -> bool:
    """Whether an open session's time has ended."""
    return bool(
        session.body["status"] == "open" and session.body["expires_at"] <= objects.timestamp()
    )


def priced(lines: list[Tree]) -> tuple[str, int]:
    """The currency and the sum of line items.

    Raises:
        ApiError: they are of several currencies, or one can't be charged.
    """
    if len(lines) > MOST_LINES:
        raise ApiError(f"At most {MOST_LINES} line items are possible.", param="line_items")
    currencies = {line["price_data"]["currency"] for line in lines}
    if len(currencies) != 1 or not all(each.islower() for each in currencies):
        raise ApiError("All line items must be of one currency.", param="line_items")
    for line in lines:
        if line["price_data"]["unit_amount"] < 0 or line.get("quantity", 1) < 1:
            raise ApiError("Invalid integer in a line item.", param="line_items")
        if not line["price_data"]["product_data"]["name"].strip():
            raise ApiError("A product needs a name.", code="parameter_invalid_empty")
    total = sum(line["price_data"]["unit_amount"] * line.get("quantity", 1) for line in lines)
    return currencies.pop(), total


def _discount(discounts: list[Tree], currency: str, subtotal: int) -> int:
    if not discounts:
        return 0
    if len(discounts) > 1:
        raise ApiError("At most one discount is possible.", param="discounts")
    coupon = objects.find_object("coupon", discounts[0]["coupon"], lock=True).body
    if coupon["currency"] != currency:
        raise ApiError("The coupon is of another currency.", param="discounts[0][coupon]")
    if coupon["times_redeemed"] >= coupon.get("max_redemptions", coupon["times_redeemed"] + 1):
        raise ApiError("The coupon is used up.", code="coupon_expired")
    return min(int(coupon["amount_off"]), subtotal)


def _shipping(options: list[Tree], currency: str) -> int:
    if not options:
        return 0
    fixed = options[0]["shipping_rate_data"]["fixed_amount"]
    if fixed["currency"] != currency or fixed["amount"] < 0:
        raise ApiError("Shipping must be of the same currency.", param="shipping_options")
    return int(fixed["amount"])


def _chargeable(total: int, currency: str) -> None:
    if total % money.step(currency.upper()):
        raise ApiError(f"Invalid amount for {currency}: its last digits must be zero.")
    if 0 < total < SMALLEST.get(currency.upper(), 1):
        raise ApiError("The total is too small to be charged.", code="amount_too_small")


def end_of(asked: int | None) -> int:
    """When a session ends.

    Raises:
        ApiError: that is too soon, or too late.
    """
    now = objects.timestamp()
    ends = now + LONGEST_SECONDS if asked is None else asked
    if not now + SHORTEST_SECONDS <= ends <= now + LONGEST_SECONDS:
        raise ApiError(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return ends


def with_metadata(asked: Tree) -> Tree:
    """The same, with metadata in any case.

    Raises:
        ApiError: there is too much of it.
    """
    metadata = asked.get("metadata", {})
    if len(metadata) > MOST_METADATA or any(
        len(value) > LONGEST_METADATA for value in metadata.values()
    ):
        raise ApiError("There is too much metadata.", param="metadata")
    return {**asked, "metadata": metadata}
