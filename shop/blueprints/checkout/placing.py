"""From a basket to an order: one order a cart that waits for payment, however often the button is pressed."""

from __future__ import annotations

from flask_babel import gettext as _

from shop.blueprints.cart.basket import Basket
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock.reservations import OutOfStock
from shop.blueprints.checkout import card_testing, checks, services
from shop.blueprints.checkout.drafting import OrderRequest
from shop.blueprints.checkout.services import Placed
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.payments.attempts import ending
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

TRIES = 4


def place_basket(basket: Basket, request: OrderRequest) -> Placed:
    """Place the order of a basket, or go on with the one that its cart has.

    The cart is locked and read once more while this is decided, so that two clicks at once make one order. An order
    that no longer fits the cart is given up first: its payment may be open at a provider, so that happens outside the
    transaction. One that can't be given up, because it was paid or a bank is at work on it, takes its goods out of the
    cart; one that someone else gave up first takes nothing.

    Raises:
        Refused: a check says no, the cart is empty, is not what the buyer saw, or a line is sold out: nothing is
            placed, the cart is kept.
        TooMany: cards were refused again and again.
    """
    email = request.buyer.facts.email
    card_testing.refuse_testers(email=email, network=request.network)
    checks.run(email, basket.quote)
    for _try in range(TRIES):
        try:
            with unit_of_work():
                placed = services.place_or_go_on(basket.cart_id, request)
        except OutOfStock as lost:
            raise Refused(_lost(lost)) from lost
        if isinstance(placed, Placed):
            return placed
        _give_up(placed)
    raise Refused(_("You are already ordering this cart in another window. Continue there."))


def _give_up(order_id: int) -> None:
    if not ending.close_order(order_id, why=_("Replaced by a newer order"), insist=True):
        with unit_of_work():
            if not order_queries.lock(order_id).is_cancelled:
                services.clear_cart(order_id)


def _lost(lost: OutOfStock) -> str:
    variant = db.session.get(Variant, lost.variant_id)
    return services.too_few(variant.product.title if variant else "", lost.remaining)
