"""The checkout page, and coming back from a provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.cart import cookies
from shop.blueprints.cart import page as cart_page
from shop.blueprints.cart import services as cart_services
from shop.blueprints.cart.basket import basket_of
from shop.blueprints.cart.page import Remarks
from shop.blueprints.checkout import hoarding, ordering, page, queries, services
from shop.blueprints.checkout.forms import CheckoutForm, known_details
from shop.blueprints.checkout.ordering import (
    CodeTyped,
    FormIncomplete,
    NothingToOrder,
    Obstacle,
    Ordered,
    Outcome,
    Paying,
    Stopped,
)
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order
from shop.blueprints.payments import queries as payment_queries
from shop.blueprints.payments.attempts import ending, looking_up
from shop.core.mail.mailboxes import mailbox_of
from shop.core.pages.page_cache import keep_out_of_sight
from shop.core.secrets.tokens import fingerprint
from shop.core.text import clean_block
from shop.core.web.limits.rate_limits import limit_outcomes
from shop.extensions import limiter
from shop.plugins.api import Refused, db, notify, unit_of_work

bp = Blueprint("checkout", __name__)
bp.after_request(keep_out_of_sight)
log = structlog.get_logger(__name__)

STATUS_OF = {
    Obstacle.REFUSED: 422,
    Obstacle.HOLDS_TOO_MUCH: 429,
    Obstacle.NO_WAY_TO_PAY: 503,
    Obstacle.PAYMENT_OPENING: 409,
    Obstacle.PAYMENT_NOT_STARTED: 503,
}


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
    account, attempt = current_account(), queries.last_attempt(cart.id)
    addresses = order_queries.addresses_of(account.id) if account else []
    address = _chosen_address(addresses, is_known=attempt is not None)
    form = CheckoutForm.filled(known_details(account, cart, attempt, address))
    basket = basket_of(cart, form.buyer_facts())
    if not basket.is_orderable or not ordering.is_selling(basket.quote.total_minor):
        return redirect(url_for("cart.show"), 303)  # empty, or it says there what is in the way
    if basket.quote.objection_to("country"):
        form.country.data = ""  # a country that we don't ship to is no mistake of the buyer
        basket = basket.bought_by(form.buyer_facts())
    return page.drawn(basket, form, addresses=addresses, address=address)


def _chosen_address(
    addresses: Sequence[Mapping[str, Any]], *, is_known: bool
) -> Mapping[str, Any] | None:
    """The earlier address that `to` counts to; the last one where nothing is known of this order."""
    asked = request.args.get("to", type=int)
    if asked is None:
        return addresses[0] if addresses and not is_known else None
    return addresses[asked - 1] if 1 <= asked <= len(addresses) else None


@bp.post("/checkout")
@limit_outcomes("10 per 10 minutes; 60 per day", _began_to_pay)
@limit_outcomes("6 per 10 minutes; 20 per day", _began_to_pay, by=_buyer_named)
@cookies.CODES_LIMITED
def pay() -> ResponseReturnValue:
    """Place the order, and send the buyer on to a payment provider."""
    form, account = CheckoutForm.sent(), current_account()
    outcome = ordering.order(
        cookies.cart_of_visitor(),
        form,
        account_id=account.id if account else None,
        address=request.remote_addr,
    )
    return _answer(outcome, form)


def _answer(outcome: Outcome, form: CheckoutForm) -> ResponseReturnValue:
    match outcome:
        case Paying(token, address):
            to = address or url_for("orders.show", token=token)
            return _PaymentBegun(status=303, headers={"Location": to})
        case Ordered(token):
            return redirect(url_for("orders.show", token=token), 303)
        case NothingToOrder(token):
            to = url_for("orders.show", token=token) if token else url_for("cart.show")
            return redirect(to, 303)
        case CodeTyped(basket):
            return page.repriced(basket, form)
        case FormIncomplete(basket):
            return page.drawn(basket, form), 422
        case Stopped(basket, obstacle, message, without):
            drawn = page.refused(basket, form, message, without=without)
            kind = _PaymentBegun if outcome.asked_provider else Response
            return kind(drawn, STATUS_OF[obstacle], _when_to_try_again(obstacle))
        case _:
            assert_never(outcome)


def _when_to_try_again(obstacle: Obstacle) -> dict[str, str]:
    seconds = int(hoarding.TRY_AGAIN.total_seconds())
    return {"Retry-After": str(seconds)} if obstacle is Obstacle.HOLDS_TOO_MUCH else {}


@bp.post("/checkout/update")
@limiter.limit("60 per minute")
@cookies.CODES_LIMITED
def update() -> ResponseReturnValue:
    """Work the totals out again for what the form says now, and take a code or take it off. Nothing is ordered."""
    form = CheckoutForm.sent()
    basket = basket_of(cookies.cart_of_visitor(), form.buyer_facts())
    if not basket.is_orderable:
        return redirect(url_for("cart.show"), 303)
    return page.repriced(basket, form)


@bp.get("/checkout/return/<token>")
def returned(token: str) -> ResponseReturnValue:
    """Back from the provider: ask it at once instead of waiting for its webhook, then show what is."""
    order_id = order_queries.order_or_404(token).id
    order = _asked_about(order_id)
    if order.is_paid or payment_queries.is_bank_at_work(order_id):
        _clear_cart(order_id)
    elif (
        order.is_awaiting_payment
        and not payment_queries.has_unserved_money(order_id)
        and not payment_queries.undecided_payments(order_id)
    ):
        if not _has_cart_of(order_id):  # another browser: the order's page leads on
            return redirect(url_for("orders.show", token=token), 303)
        notify(_("The payment failed. Nothing was charged."), "error")
        return redirect(url_for("checkout.show"), 303)
    answer = make_response(redirect(url_for("orders.show", token=token), 303))
    return cookies.remember(answer, cookies.cart_of_visitor())


def _has_cart_of(order_id: int) -> bool:
    cart, attempt = cookies.cart_of_visitor(), queries.attempt_of_order(order_id)
    return cart is not None and attempt is not None and attempt.cart_id == cart.id


@bp.get("/checkout/cancelled/<token>")
def came_back(token: str) -> ResponseReturnValue:
    """Back from the provider without paying, or so it seems: it is asked, because the page says what was charged.

    Nothing is given up by being looked at: programs open links too.
    """
    order = _asked_about(order_queries.order_or_404(token).id)
    if _has_money_moved(order) or not order.is_awaiting_payment:
        return redirect(url_for("orders.show", token=token), 303)
    return render_template("checkout/came_back.html", order=order, token=token)


@bp.post("/checkout/cancelled/<token>")
def give_up(token: str) -> ResponseReturnValue:
    """The buyer goes back to the cart: what was reserved is given back, so that others can buy it."""
    order_id = order_queries.order_or_404(token).id
    try:
        ending.close_order(order_id, why=_("The buyer came back without paying"))
    except Exception as error:  # noqa: BLE001 - the reservation ends by itself
        log.warning("order.not_closed", order=order_id, error=repr(error))
        db.session.rollback()
    if _has_money_moved(order_queries.read_again(order_id)):
        return redirect(url_for("orders.show", token=token), 303)
    notify(
        _("You came back without paying. Nothing was charged, and your cart is still here."), "info"
    )
    return redirect(url_for("cart.show"), 303)


def _asked_about(order_id: int) -> Order:
    """An order after its providers were asked what became of its payments."""
    for payment_id in payment_queries.undecided_payments(order_id):
        try:
            looking_up.look_up_payment(payment_id, learned_from="return")
        except Exception as error:  # noqa: BLE001 - the webhook and the reconciler will tell
            log.warning("payment.not_asked", payment=payment_id, error=repr(error))
            db.session.rollback()
    return order_queries.read_again(order_id)


def _has_money_moved(order: Order) -> bool:
    """Whether a buyer was charged for an order, or may be: then only its page says the right thing."""
    return (
        order.is_paid
        or payment_queries.has_unserved_money(order.id)
        or payment_queries.is_bank_at_work(order.id)
    )


@bp.post("/checkout/again/<token>")
@limiter.limit("30 per 10 minutes")
def again(token: str) -> ResponseReturnValue:
    """Back to the checkout with an order that was not paid: everything that can still be had is in the cart."""
    order = order_queries.order_or_404(token)
    if order.is_paid or payment_queries.is_bank_at_work(order.id):
        return redirect(url_for("orders.show", token=token), 303)
    with unit_of_work():
        cart = cookies.cart_of_visitor() or cart_services.start_cart()
        left_out = services.put_into_cart(order_queries.lock(order.id), cart)
    for title in left_out:
        notify(_("“%(title)s” is no longer available and was left out.", title=title), "error")
    return cookies.remember(make_response(redirect(url_for("checkout.show"), 303)), cart)


def _clear_cart(order_id: int) -> None:
    with unit_of_work():
        services.clear_cart(order_id)
