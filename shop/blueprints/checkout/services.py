"""What happens to a cart when it is ordered, and when its order is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import update

from shop.blueprints.cart import rules
from shop.blueprints.cart import services as cart_services
from shop.blueprints.cart.basket import Basket, basket_of
from shop.blueprints.cart.models import Cart
from shop.blueprints.checkout import hoarding, queries
from shop.blueprints.checkout.drafting import OrderRequest, digest_of, draft_of, seen_of
from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders import services as order_services
from shop.blueprints.orders.models import Order
from shop.blueprints.payments import queries as payment_queries
from shop.core import clock
from shop.core.database import rows_changed
from shop.plugins.api import OrderView, Refused, db, format_money
from shop.plugins.api.events import BankDidNotPay, OrderPaid
from shop.plugins.fields.custom_fields import keep_custom_fields

TIME_TO_PAY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that stands, and whether there is anything to pay."""

    order_id: int
    token: str
    is_paid: bool


def place_or_go_on(
    cart_id: int | None, request: OrderRequest, *, network: str = ""
) -> Placed | int:
    """The order of a cart, placed now or before; or the id of one that has to be given up first.

    Args:
        network: where the request came from, as `card_testing.address_key` remembers it.

    Raises:
        Refused: the cart is empty, or is not what the buyer saw.
        OutOfStock: a line was sold out just now.
        HoldsTooMuch: too much is reserved already by who orders.
    """
    cart = queries.locked_cart(cart_id)
    before = queries.attempt_of_page(cart_id, request.page_key)
    if before is not None and before.order.is_paid:
        clear_cart(before.order_id)
        return Placed(before.order_id, before.order.token, is_paid=True)
    if cart is None:
        raise Refused(_("Your cart is currently empty."))
    standing = queries.open_attempt(cart.id)
    basket = basket_of(cart, request.buyer.facts)
    _refuse_what_was_not_seen(request.seen, basket)
    digest = digest_of(basket, request.buyer)
    hoarding.refuse_hoarders(basket, email=request.buyer.facts.email, network=network)
    if standing is not None:
        if standing.contents != digest or not _is_kept(standing.order):
            return standing.order_id
        return Placed(standing.order_id, standing.order.token, is_paid=False)
    order = order_services.place_order(draft_of(basket, request.buyer))
    rules.claim(basket.facts, order.id)
    keep_custom_fields(OrderView, order.id, request.buyer.answers)
    cart.held_as = order.link_key
    db.session.add(
        CheckoutAttempt(
            order_id=order.id,
            cart_id=cart.id,
            page_key=request.page_key,
            contents=digest,
            address_key=network,
            consented_at=clock.now() if request.has_consented else None,
        )
    )
    if not order.total_minor:
        order_services.settle_free(order)
        clear_cart(order.id)
    return Placed(order.id, order.token, is_paid=order.is_paid)


def _refuse_what_was_not_seen(seen: str, basket: Basket) -> None:
    """Nothing is ordered at a total that the buyer has not seen, or that can't be worked out."""
    goods, _dot, amounts = seen_of(basket).partition(".")
    seen_goods, _dot, seen_amounts = seen.partition(".")
    if seen and seen_goods != goods:
        raise Refused(_("Your cart has changed since you opened this page. Please check it again."))
    if not basket.is_orderable:
        raise Refused(_what_does_not_fit(basket))
    quote = basket.quote
    if quote.objections:
        raise Refused(quote.objections[0].message, field=quote.objections[0].field or None)
    if seen and seen_amounts != amounts:
        total = format_money(quote.total_minor, quote.currency)
        raise Refused(_("The total is now %(total)s. Please check it again.", total=total))


def _what_does_not_fit(basket: Basket) -> str:
    line = next((each for each in basket.lines if not each.is_orderable), None)
    if line is None:
        return str(_("Your cart is currently empty."))
    return too_few(line.title, line.remaining or 0)


def too_few(title: str, remaining: int) -> str:
    """What to say when fewer items are left than were ordered."""
    if not remaining:
        return str(
            _("“%(title)s” has just sold out. Remove it from your cart to continue.", title=title)
        )
    return str(
        ngettext(
            "Only one of “%(title)s” is left. Change your cart to continue.",
            "Only %(num)d of “%(title)s” are left. Change your cart to continue.",
            remaining,
            title=title,
        )
    )


def _is_kept(order: Order) -> bool:
    """Whether a waiting order can be gone on with: there is time to pay it, and its stock can still be had."""
    until = order.reserved_until
    if until is None or until <= clock.now() + TIME_TO_PAY:
        return False
    return order_services.keep_stock(order, until=until)


def give_stock_back(order_id: int) -> None:
    """Keep nothing for an order of which no payment has begun."""
    order = order_queries.lock(order_id)
    if order.is_awaiting_payment and not payment_queries.undecided_payments(order_id):
        order_services.let_stock_go(order)


def cart_was_paid(event: OrderPaid) -> None:
    """Empty the cart of a paid order."""
    clear_cart(event.order_id)


def bank_did_not_pay(event: BankDidNotPay) -> None:
    """Put what was ordered back into the cart, which was emptied while a bank was at work; not after a newer order."""
    attempt = queries.attempt_of_order(event.order_id)
    if attempt is None or attempt.cart_cleared_at is None or attempt.order.is_paid:
        return
    cart, newest = queries.locked_cart(attempt.cart_id), queries.last_attempt(attempt.cart_id)
    if cart is not None and newest is not None and newest.order_id == event.order_id:
        put_into_cart(attempt.order, cart)


def put_into_cart(order: Order, cart: Cart) -> list[str]:
    """Let a cart hold what was ordered and not paid. An order that still waits belongs to this cart from now on.

    Returns:
        The titles of what can't be had any more, and was left out.
    """
    attempt = queries.attempt_of_order(order.id)
    if attempt is not None:
        attempt.cart_id, attempt.cart_cleared_at = cart.id, None
    return cart_services.put_back(
        cart,
        [(line.variant_id, line.quantity, line.title) for line in order.lines],
        held_as=order.link_key if order.is_awaiting_payment else None,
    )


def clear_cart(order_id: int) -> None:
    """Take what was paid for out of its cart, once; what was added meanwhile stays."""
    attempt = queries.attempt_of_order(order_id)
    if attempt is None:
        return
    cleared = rows_changed(
        update(CheckoutAttempt)
        .where(CheckoutAttempt.order_id == order_id, CheckoutAttempt.cart_cleared_at.is_(None))
        .values(cart_cleared_at=clock.now())
    )
    cart = queries.locked_cart(attempt.cart_id)
    if cleared != 1 or cart is None:
        return
    bought = [(line.variant_id, line.quantity) for line in attempt.order.lines if line.variant_id]
    cart_services.take_out(cart, bought)
    cart_services.set_note(cart, "")
