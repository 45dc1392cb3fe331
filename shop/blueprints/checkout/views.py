"""The checkout page, and coming back from a provider."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.cart import cookies
from shop.blueprints.cart import page as cart_page
from shop.blueprints.cart import services as cart_services
from shop.blueprints.cart.basket import Basket, basket_of
from shop.blueprints.cart.page import Remarks
from shop.blueprints.checkout import card_testing, page, placing, queries, services
from shop.blueprints.checkout.forms import CheckoutForm, known_details
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.payments import queries as payment_queries
from shop.blueprints.payments.attempts import ending, looking_up, starting
from shop.blueprints.payments.attempts.starting import WaysBack
from shop.core.errors import Refused
from shop.core.mailboxes import mailbox_of
from shop.core.notices import notify
from shop.core.page_cache import keep_out_of_sight
from shop.core.security import absolute_url
from shop.core.text import clean_block
from shop.core.tokens import fingerprint
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from shop.plugins.api import PaymentProvider

bp = Blueprint("checkout", __name__)
bp.after_request(keep_out_of_sight)
log = structlog.get_logger(__name__)


def _buyer_named() -> str:
    """Whom a payment is for: what limits trying cards from many networks."""
    email = request.form.get("email", "")[:400]
    return "buyer:" + fingerprint("limits", mailbox_of(email))


class _PaymentBegun(Response):
    """The answer to a press that made a provider begin a payment: only these count against the limits of paying.

    It has a mark, because an application may turn any answer into one of its own class.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.has_begun_payment = True


def _began_to_pay(answer: Response) -> bool:
    return getattr(answer, "has_begun_payment", False)


@bp.post("/cart")
def begin() -> ResponseReturnValue:
    """From the cart to the checkout: the note is kept."""
    note = clean_block(request.form.get("note", ""))
    try:
        with unit_of_work():
            cart = cookies.cart_of_visitor()
            if cart is not None:
                cart_services.set_note(cart, note)
    except Refused as refusal:
        remarks = Remarks(typed_note=note, note_error=refusal.message)
        return cart_page.drawn(basket_of(cookies.cart_of_visitor()), remarks, 422)
    return redirect(url_for("checkout.show"), 303)


@bp.get("/checkout")
def show() -> ResponseReturnValue:
    """The form, filled with what we know."""
    cart = cookies.cart_of_visitor()
    if cart is None:
        return redirect(url_for("cart.show"), 303)
    known = known_details(current_account(), cart, queries.last_attempt(cart.id))
    form = CheckoutForm(formdata=None, data=known)
    basket = basket_of(cart, form.buyer_facts())
    if not basket.is_orderable:
        return redirect(url_for("cart.show"), 303)  # empty, or it says there what no longer fits
    if basket.quote.objection_to("country"):
        form.country.data = ""  # a country that we don't ship to is no mistake of the buyer
        basket = basket.bought_by(form.buyer_facts())
    return page.drawn(basket, form)


@bp.post("/checkout")
@limiter.limit("10 per 10 minutes; 60 per day", deduct_when=_began_to_pay)
@limiter.limit("6 per 10 minutes; 20 per day", key_func=_buyer_named, deduct_when=_began_to_pay)
@cookies.CODES_LIMITED
def pay() -> ResponseReturnValue:
    """Place the order, and send the buyer on to a payment provider."""
    form = CheckoutForm()
    basket = basket_of(cookies.cart_of_visitor(), form.buyer_facts())
    if not basket.lines:
        return _already_ordered(basket, form)
    if form.new_code(basket):
        return page.repriced(basket, form)
    providers = queries.ways_to_pay(basket)
    form.fit(basket, providers)
    if basket.quote.total_minor and not providers:
        message = _("We can’t take payments at the moment. Please try again later.")
        return page.refused(basket, form, message), 503
    if not form.validate():
        return page.drawn(basket, form), 422
    try:
        answer = _order(basket, form, providers)
    except Refused as refusal:
        return page.refused(basket, form, refusal.message), 422
    return cookies.remember(answer, cookies.cart_of_visitor())


def _order(basket: Basket, form: CheckoutForm, providers: list[PaymentProvider]) -> Response:
    network = card_testing.address_key(request.remote_addr)
    wanted = form.order_request(current_account(), providers, network=network)
    placed = placing.place_basket(basket, wanted)
    order_page = url_for("orders.show", token=placed.token)
    if placed.is_paid or wanted.provider is None:
        return make_response(redirect(order_page, 303))
    try:
        back = ways_back(placed.token)
        address = starting.start_payment(placed.order_id, wanted.provider, back) or order_page
    except starting.PaymentBeingStarted:
        message = _("Your payment page is already opening. Press the button again in a moment.")
        return _PaymentBegun(page.refused(basket, form, message), 409)
    except starting.PaymentNotStarted as failure:
        message = _(
            "This payment method does not work at the moment. Nothing was charged, and your items "
            "are reserved for you."
        )
        without = failure.provider
        return _PaymentBegun(page.refused(basket, form, message, without=without), 503)
    return _PaymentBegun(status=303, headers={"Location": address})


@bp.post("/checkout/update")
@limiter.limit("60 per minute")
@cookies.CODES_LIMITED
def update() -> ResponseReturnValue:
    """Work the totals out again for what the form says now, and take a code or take it off. Nothing is ordered."""
    form = CheckoutForm()
    basket = basket_of(cookies.cart_of_visitor(), form.buyer_facts())
    if not basket.is_orderable:
        return redirect(url_for("cart.show"), 303)
    return page.repriced(basket, form)


def _already_ordered(basket: Basket, form: CheckoutForm) -> ResponseReturnValue:
    """The button was pressed once more after the cart had been emptied: it is paid, or a bank is at work on it."""
    before = queries.attempt_of_page(basket.cart_id, form.pressed())
    if before is not None and (before.order.is_paid or before.cart_cleared_at):
        return redirect(url_for("orders.show", token=before.order.token), 303)
    return redirect(url_for("cart.show"), 303)


def ways_back(token: str) -> WaysBack:
    """Where a provider sends the buyer of an order."""
    return WaysBack(
        returned=absolute_url("checkout.returned", token=token),
        cancelled=absolute_url("checkout.came_back", token=token),
    )


@bp.get("/checkout/return/<token>")
def returned(token: str) -> ResponseReturnValue:
    """Back from the provider: ask it at once instead of waiting for its webhook, then show what is."""
    order_id = order_queries.order_or_404(token).id
    for payment_id in payment_queries.undecided_payments(order_id):
        try:
            looking_up.look_up_payment(payment_id, learned_from="return")
        except Exception as error:  # noqa: BLE001 - the webhook and the reconciler will tell
            log.warning("payment.not_asked", payment=payment_id, error=repr(error))
            db.session.rollback()
    order = order_queries.read_again(order_id)
    if order.is_paid or payment_queries.is_bank_at_work(order_id):
        _clear_cart(order_id)
    elif (
        order.is_awaiting_payment
        and not payment_queries.has_unserved_money(order_id)
        and not payment_queries.undecided_payments(order_id)
    ):
        notify(_("The payment failed. Nothing was charged."), "error")
        return redirect(url_for("checkout.show"), 303)
    answer = make_response(redirect(url_for("orders.show", token=token), 303))
    return cookies.remember(answer, cookies.cart_of_visitor())


@bp.get("/checkout/cancelled/<token>")
def came_back(token: str) -> ResponseReturnValue:
    """Back from the provider without paying: what was reserved is given back, so that others can buy it."""
    order_id = order_queries.order_or_404(token).id
    try:
        ending.close_order(order_id, why=_("The buyer came back without paying"))
    except Exception as error:  # noqa: BLE001 - the reservation ends by itself
        log.warning("order.not_closed", order=order_id, error=repr(error))
        db.session.rollback()
    order = order_queries.read_again(order_id)
    if (
        order.is_paid
        or payment_queries.has_unserved_money(order_id)
        or payment_queries.is_bank_at_work(order_id)
    ):
        return redirect(url_for("orders.show", token=token), 303)
    notify(
        _("You came back without paying. Nothing was charged, and your cart is still here."), "info"
    )
    return redirect(url_for("checkout.show"), 303)


def _clear_cart(order_id: int) -> None:
    with unit_of_work():
        services.clear_cart(order_id)
