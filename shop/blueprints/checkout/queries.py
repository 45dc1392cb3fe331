"""Questions about checkouts."""

from __future__ import annotations

from sqlalchemy import select

from shop.blueprints.cart.lines import capacity
from shop.blueprints.cart.models import Cart
from shop.blueprints.catalog.models import Variant
from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import OrderState
from shop.plugins.api import OrderView, db


def open_attempt(cart_id: int) -> CheckoutAttempt | None:
    """The order of this cart that waits for payment, unless a bank is at work on it and the cart is free again."""
    return db.session.scalar(
        select(CheckoutAttempt)
        .join(Order, Order.id == CheckoutAttempt.order_id)
        .where(
            CheckoutAttempt.cart_id == cart_id,
            CheckoutAttempt.cart_cleared_at.is_(None),
            Order.state == OrderState.AWAITING_PAYMENT,
        )
        .order_by(CheckoutAttempt.order_id.desc())
        .limit(1)
    )


def last_attempt(cart_id: int) -> CheckoutAttempt | None:
    """The last order of this cart, whatever became of it."""
    return db.session.scalar(
        select(CheckoutAttempt)
        .where(CheckoutAttempt.cart_id == cart_id)
        .order_by(CheckoutAttempt.order_id.desc())
        .limit(1)
    )


def older_unpaid_order(account_id: int, *, cart_id: int | None) -> Order | None:
    """The oldest unpaid order that a person made of another cart than this one, unless a bank is at work on it."""
    return db.session.scalar(
        select(Order)
        .join(CheckoutAttempt, CheckoutAttempt.order_id == Order.id)
        .where(
            Order.account_id == account_id,
            Order.state == OrderState.AWAITING_PAYMENT,
            CheckoutAttempt.cart_cleared_at.is_(None),
            CheckoutAttempt.cart_id != (cart_id or 0),
        )
        .order_by(Order.id)
        .limit(1)
    )


def is_any_for_sale(order: OrderView) -> bool:
    """Whether anything that was ordered could be put into a cart now."""
    variants = [db.session.get(Variant, line.variant_id) for line in order.lines if line.variant_id]
    return any(variant is not None and capacity(variant) != 0 for variant in variants)


def attempt_of_page(cart_id: int | None, page_key: str) -> CheckoutAttempt | None:
    """What became of a page's button, pressed before."""
    if not page_key or cart_id is None:
        return None
    return db.session.scalar(
        select(CheckoutAttempt)
        .where(CheckoutAttempt.page_key == page_key, CheckoutAttempt.cart_id == cart_id)
        .order_by(CheckoutAttempt.order_id.desc())
        .limit(1)
    )


def attempt_of_order(order_id: int) -> CheckoutAttempt | None:
    """From which cart an order came."""
    return db.session.get(CheckoutAttempt, order_id)


def locked_cart(cart_id: int | None) -> Cart | None:
    """A cart as it is now, on which nobody else decides before this unit of work ends."""
    if cart_id is None:
        return None
    return db.session.get(Cart, cart_id, populate_existing=True, with_for_update=True)


def token_of_done(cart_id: int | None, page_key: str) -> str:
    """The order that a page's button made of a cart which is empty now: paid, or with a bank at work on it. Else ''."""
    before = attempt_of_page(cart_id, page_key)
    is_done = before is not None and (before.order.is_paid or before.cart_cleared_at)
    return before.order.token if before is not None and is_done else ""
