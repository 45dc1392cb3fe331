"""From a cart to an order: one order a cart that waits for payment, however often the button is pressed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.cart import queries as cart_queries
from shop.blueprints.cart import quoting
from shop.blueprints.cart.queries import CartContents
from shop.blueprints.cart.quotes import Quote
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock import OutOfStock
from shop.blueprints.checkout import queries
from shop.blueprints.checkout import services as checkout_services
from shop.blueprints.checkout.drafting import Buyer, digest_of, draft_of, facts_of, seen_of
from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.orders import paying, payments, services
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order
from shop.core import clock
from shop.core.errors import Refused
from shop.core.money import format_money
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

TRIES = 4
TIME_TO_PAY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that stands, and whether there is anything to pay."""

    order_id: int
    token: str
    is_paid: bool


def place(
    cart_id: int,
    buyer: Buyer,
    *,
    page_key: str,
    provider: str | None,
    seen: str,
    network: str = "",
) -> Placed:
    """Place the order of a cart, or go on with the one that it has.

    The cart is locked while this is decided, so that two clicks at once make one order. An order that no longer fits
    the cart is given up first: its payment may be open at a provider, so that happens outside the transaction. One
    that can't be given up, because it was paid or a bank is at work on it, takes its goods out of the cart; one that
    somebody else gave up first takes nothing.

    Raises:
        Refused: the cart is empty, is not what `seen` says the buyer saw, or a line is sold out: nothing is placed,
            the cart is kept.
    """
    for _try in range(TRIES):
        try:
            with unit_of_work():
                placed = _place_or_go_on(
                    cart_id,
                    buyer,
                    page_key=page_key,
                    provider=provider,
                    seen=seen,
                    network=network,
                )
        except OutOfStock as lost:
            raise Refused(_lost(lost)) from lost
        if isinstance(placed, Placed):
            return placed
        if not payments.close(placed, why=_("Replaced by a later order"), insist=True):
            with unit_of_work():
                if not order_queries.lock(placed).is_cancelled:
                    checkout_services.clear_cart(placed)
    raise Refused(_("Your cart is being ordered in another window. Look at your orders there."))


def _what_does_not_fit(contents: CartContents) -> str:
    line = next((each for each in contents.lines if not each.is_orderable), None)
    if line is None:
        return str(_("Your cart is currently empty."))
    return _too_few(line.title, line.remaining or 0)


def _lost(lost: OutOfStock) -> str:
    variant = db.session.get(Variant, lost.variant_id)
    return _too_few(variant.product.title if variant else "", lost.remaining)


def _too_few(title: str, remaining: int) -> str:
    if not remaining:
        return str(
            _("“%(title)s” has just been sold out. Take it out of your cart to go on.", title=title)
        )
    return str(
        ngettext(
            "Only one of “%(title)s” is left. Change your cart to go on.",
            "Only %(num)d of “%(title)s” are left. Change your cart to go on.",
            remaining,
            title=title,
        )
    )


def _place_or_go_on(
    cart_id: int, buyer: Buyer, *, page_key: str, provider: str | None, seen: str, network: str
) -> Placed | int:
    """The order; or the id of one that has to be given up first."""
    cart = queries.locked_cart(cart_id)
    before = queries.attempt_of_page(cart_id, page_key)
    if before is not None and before.order.is_paid:
        return Placed(before.order_id, before.order.token, is_paid=True)
    if cart is None:
        raise Refused(_("Your cart is currently empty."))
    standing = queries.open_attempt(cart_id)
    contents = cart_queries.contents(cart)
    facts = facts_of(contents, buyer)
    quote = quoting.quote(facts)
    _refuse_what_was_not_seen(seen, contents, quote)
    digest = digest_of(contents, quote, buyer)
    if standing is not None:
        if standing.contents != digest or not _has_time(standing.order):
            return standing.order_id
        return Placed(standing.order_id, standing.order.token, is_paid=False)
    order = services.place(draft_of(contents, quote, buyer))
    quoting.claim(facts, order.id)
    cart.held_as = order.token
    db.session.add(
        CheckoutAttempt(
            order_id=order.id,
            cart_id=cart_id,
            page_key=page_key,
            contents=digest,
            address_key=network,
        )
    )
    if not order.total_minor:
        services.settle_free(order)
    elif provider is not None:
        paying.begin_payment(order, provider)
    return Placed(order.id, order.token, is_paid=order.is_paid)


def _refuse_what_was_not_seen(seen: str, contents: CartContents, quote: Quote) -> None:
    """Nothing is ordered at a total that the buyer has not seen, or that can't be worked out."""
    goods, _dot, amounts = seen_of(contents, quote).partition(".")
    seen_goods, _dot, seen_amounts = seen.partition(".")
    if seen and seen_goods != goods:
        raise Refused(
            _("Your cart has changed since you opened this page. Look at it once more, please.")
        )
    if not contents.is_orderable:
        raise Refused(_what_does_not_fit(contents))
    if quote.objections:
        raise Refused(quote.objections[0].message, field=quote.objections[0].field or None)
    if seen and seen_amounts != amounts:
        total = format_money(quote.total_minor, quote.currency)
        raise Refused(_("The total is %(total)s now. Look at it once more, please.", total=total))


def _has_time(order: Order) -> bool:
    return order.reserved_until is not None and order.reserved_until > clock.now() + TIME_TO_PAY
