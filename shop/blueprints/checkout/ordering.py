"""From a press of the button to an order and its payment: what came of it is one of few outcomes.

One order a cart that waits for payment, however often the button is pressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from flask_babel import gettext as _

from shop.blueprints.cart.basket import Basket, BuyerFacts, basket_of
from shop.blueprints.cart.models import Cart
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock.reservations import OutOfStock
from shop.blueprints.checkout import card_testing, checks, queries, services
from shop.blueprints.checkout.drafting import OrderRequest
from shop.blueprints.checkout.hoarding import HoldsTooMuch
from shop.blueprints.checkout.services import Placed
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.payments import queries as payment_queries
from shop.blueprints.payments.attempts import ending, starting
from shop.blueprints.payments.attempts.starting import WaysBack
from shop.blueprints.payments.providers import offered_providers
from shop.core.web.security import absolute_url
from shop.plugins.api import PaymentProvider, Refused, db, unit_of_work

TRIES = 8
"""More orders than that in the way of one are nobody's who just came back."""


class SentForm(Protocol):
    """The form that came with the press, as far as ordering needs to know it."""

    def buyer_facts(self) -> BuyerFacts:
        """What prices may depend on."""

    def new_code(self, basket: Basket) -> str:
        """A code that was typed and is not the basket's yet."""

    def order_request(
        self, basket: Basket, providers: list[PaymentProvider], *, account_id: int | None
    ) -> OrderRequest | None:
        """What it asks for; None when something that this basket needs is missing or wrong."""

    def pressed(self) -> str:
        """Which page was sent."""


@dataclass(frozen=True, slots=True)
class NothingToOrder:
    """The cart is empty. `token` names the order that it became by the same page, if it did."""

    token: str = ""


@dataclass(frozen=True, slots=True)
class CodeTyped:
    """A code was typed that is not the basket's yet: what it does must be seen before anything is ordered."""

    basket: Basket


@dataclass(frozen=True, slots=True)
class FormIncomplete:
    """Something that this basket needs is missing or wrong; the form says what."""

    basket: Basket


class Obstacle(Enum):
    """Why nothing was ordered, or why the order can't be paid at the moment."""

    REFUSED = auto()
    HOLDS_TOO_MUCH = auto()
    NO_WAY_TO_PAY = auto()
    PAYMENT_OPENING = auto()
    PAYMENT_NOT_STARTED = auto()


@dataclass(frozen=True, slots=True)
class Stopped:
    """It goes no further now, with the reason for the buyer. `without` is a provider that does not work."""

    basket: Basket
    obstacle: Obstacle
    message: str
    without: str = ""

    @property
    def asked_provider(self) -> bool:
        """Whether a provider was asked to begin: that is what limits count."""
        return self.obstacle in {Obstacle.PAYMENT_OPENING, Obstacle.PAYMENT_NOT_STARTED}


@dataclass(frozen=True, slots=True)
class Ordered:
    """The order stands, and there is nothing to pay."""

    token: str


@dataclass(frozen=True, slots=True)
class Paying:
    """The order stands. `address` is where the buyer pays; None when it does not wait for money any more."""

    token: str
    address: str | None


Outcome = NothingToOrder | CodeTyped | FormIncomplete | Stopped | Ordered | Paying


def is_selling(total_minor: int) -> bool:
    """Whether so much can be paid here, or nothing has to be. A site without a payment method shows its goods only."""
    return not total_minor or bool(offered_providers(total_minor))


def order(
    cart: Cart | None, form: SentForm, *, account_id: int | None, address: str | None
) -> Outcome:
    """Place the order of a cart, or go on with the one that it has, and have its payment begun.

    Args:
        account_id: who is signed in.
        address: the IP address that the form came from.

    Raises:
        TooMany: cards were refused again and again.
    """
    basket = basket_of(cart, form.buyer_facts())
    if not basket.lines:
        return NothingToOrder(queries.token_of_done(basket.cart_id, form.pressed()))
    if form.new_code(basket):
        return CodeTyped(basket)
    if not is_selling(basket.quote.total_minor):
        message = _("We can’t take payments at the moment. Please try again later.")
        return Stopped(basket, Obstacle.NO_WAY_TO_PAY, message)
    providers = offered_providers(basket.quote.total_minor)
    request = form.order_request(basket, providers, account_id=account_id)
    if request is None:
        return FormIncomplete(basket)
    try:
        placed = place_basket(basket, request, address=address)
    except Refused as refusal:
        return Stopped(basket, Obstacle.REFUSED, refusal.message)
    except HoldsTooMuch as refusal:
        return Stopped(basket, Obstacle.HOLDS_TOO_MUCH, refusal.message)
    if placed.is_paid or request.provider is None:
        return Ordered(placed.token)
    return _have_paid(basket, placed, request.provider)


def place_basket(basket: Basket, request: OrderRequest, *, address: str | None = None) -> Placed:
    """Place the order of a basket, or go on with the one that its cart has.

    The cart is locked and read once more while this is decided, so that two clicks at once make one order. An order
    that no longer fits the cart is given up first: its payment may be open at a provider, so that happens outside the
    transaction. One that can't be given up, because it was paid or a bank is at work on it, takes its goods out of the
    cart; one that someone else gave up first takes nothing.

    Raises:
        Refused: a check says no, the cart is empty, is not what the buyer saw, or a line is sold out: nothing is
            placed, the cart is kept.
        TooMany: cards were refused again and again.
        HoldsTooMuch: they, or their network, have reserved too much without paying.
    """
    email = request.buyer.facts.email
    network = card_testing.refuse_testers(email=email, address=address)
    checks.run(email, basket.quote)
    for _try in range(TRIES):
        try:
            placed = _place_or_clear_the_way(basket.cart_id, request, network)
        except OutOfStock as lost:
            raise Refused(_lost(lost)) from lost
        if isinstance(placed, Placed):
            return placed
        _give_up(placed)
    raise Refused(_("You are already ordering this cart in another window. Continue there."))


def _place_or_clear_the_way(
    cart_id: int | None, request: OrderRequest, network: str
) -> Placed | int:
    """The order; or the id of one to be given up first. Whoever is signed in is not hindered by what they left unpaid
    in another browser. Of a guest we know only what they typed, and that may be another's address.
    """
    try:
        with unit_of_work():
            return services.place_or_go_on(cart_id, request, network=network)
    except HoldsTooMuch:
        account_id = request.buyer.account_id
        older = queries.older_unpaid_order(account_id, cart_id=cart_id) if account_id else None
        if older is None:
            raise
        return older.id


def _give_up(order_id: int) -> None:
    if not ending.close_order(order_id, why=_("Replaced by a newer order"), insist=True):
        with unit_of_work():
            if not order_queries.lock(order_id).is_cancelled:
                services.clear_cart(order_id)


def _lost(lost: OutOfStock) -> str:
    variant = db.session.get(Variant, lost.variant_id)
    return services.too_few(variant.product.title if variant else "", lost.remaining)


def _have_paid(basket: Basket, placed: Placed, provider: PaymentProvider) -> Stopped | Paying:
    back = WaysBack(
        returned=absolute_url("checkout.returned", token=placed.token),
        cancelled=absolute_url("checkout.came_back", token=placed.token),
    )
    try:
        address = starting.start_payment(placed.order_id, provider, back)
    except starting.PaymentBeingStarted:
        message = _("Your payment page is already opening. Press the button again in a moment.")
        return Stopped(basket, Obstacle.PAYMENT_OPENING, message)
    except starting.PaymentNotStarted as failure:
        with unit_of_work():
            services.give_stock_back(placed.order_id)
        message = _(
            "This payment method does not work at the moment. Nothing was charged, and your cart is still here."
        )
        return Stopped(basket, Obstacle.PAYMENT_NOT_STARTED, message, without=failure.provider)
    if payment_queries.is_paid_later(placed.order_id):
        with unit_of_work():
            services.clear_cart(placed.order_id)
    return Paying(placed.token, address)
