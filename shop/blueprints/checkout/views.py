"""The checkout page, and coming back from a provider."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.cart import door, quoting
from shop.blueprints.cart import queries as cart_queries
from shop.blueprints.cart.quotes import Quote
from shop.blueprints.cart.quoting import BuyerFacts
from shop.blueprints.checkout import (
    card_testing,
    checks,
    page,
    placing,
    queries,
    services,
    starting,
)
from shop.blueprints.checkout.drafting import Buyer
from shop.blueprints.checkout.forms import CheckoutForm, known_details
from shop.blueprints.orders import payments
from shop.blueprints.orders import queries as order_queries
from shop.core.errors import Refused
from shop.core.notices import notify
from shop.core.tokens import fingerprint
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from shop.plugins.api import PaymentProvider

bp = Blueprint("checkout", __name__)
log = structlog.get_logger(__name__)


@bp.after_request
def _keep_out_of_sight(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@bp.after_app_request
def _mend_badge(response: Response) -> Response:
    """A cart that was paid for while its buyer looked at the order is empty now: its badge must say so."""
    if request.endpoint == "orders.show" and door.COUNT in request.cookies:
        door.remember(response, door.cart_of_visitor())
    return response


def _buyer_named() -> str:
    """Whom a payment is for: what limits trying cards from many networks."""
    email = request.form.get("email", "")[:400].strip().lower()
    return "buyer:" + fingerprint("limits", email)


def _began_to_pay(_response: Response) -> bool:
    return bool(g.get("payment_started", False))


@bp.get("/checkout")
def show() -> ResponseReturnValue:
    """The form, filled with what we know."""
    cart = door.cart_of_visitor()
    if cart is None or not cart_queries.contents(cart).is_orderable:
        return redirect(url_for("cart.show"), 303)  # empty, or it says there what no longer fits
    known = known_details(current_account(), cart, queries.last_attempt(cart.id))
    return page.drawn(cart, CheckoutForm(formdata=None, data=known))


@bp.post("/checkout")
@limiter.limit("10 per 10 minutes; 60 per day", deduct_when=_began_to_pay)
@limiter.limit("6 per 10 minutes; 20 per day", key_func=_buyer_named, deduct_when=_began_to_pay)
@door.CODES_LIMITED
def pay() -> ResponseReturnValue:
    """Place the order, and send the buyer on to a payment provider."""
    cart = door.cart_of_visitor()
    form = CheckoutForm()
    if cart is None:
        return redirect(url_for("cart.show"), 303)
    cart_id = cart.id
    contents = cart_queries.contents(cart)
    if not contents.lines:
        return _already_ordered(cart_id, form.key())
    if page.typed_code(cart):
        return page.repriced(cart, form)
    buyer = form.buyer_facts()
    quote = quoting.quote(quoting.facts_of(contents, buyer))
    providers = queries.offered_providers() if quote.total_minor else []
    form.fit(quote, needs_address=contents.needs_address, providers=providers)
    if quote.total_minor and not providers:
        form.form_errors = [_("We can't take payments at the moment. Please try again later.")]
        return page.drawn(cart, form), 503
    if not form.validate():
        return page.drawn(cart, form), 422
    try:
        address = _next_address(cart_id, form, quote, buyer, form.chosen(providers))
        return door.remember(make_response(redirect(address, 303)), door.cart_of_visitor())
    except Refused as refused:
        form.form_errors = [refused.message]
        return page.drawn(page.again(cart_id), form), 422
    except starting.PaymentBeingStarted:
        form.form_errors = [
            _("Your payment is being opened already. Press the button once more in a moment.")
        ]
        return page.drawn(page.again(cart_id), form), 409
    except starting.PaymentNotStarted as failure:
        form.form_errors = [
            _(
                "This way to pay does not work at the moment. Nothing was charged, and what you chose is kept for you."
            )
        ]
        return page.drawn(page.again(cart_id), form, without=failure.provider), 503


@bp.post("/checkout/update")
@limiter.limit("60 per minute")
@door.CODES_LIMITED
def update() -> ResponseReturnValue:
    """Work the totals out again for what the form says now, and take a code or take it off. Nothing is ordered."""
    cart = door.cart_of_visitor()
    if cart is None or not cart_queries.contents(cart).is_orderable:
        return redirect(url_for("cart.show"), 303)
    return page.repriced(cart, CheckoutForm())


def _next_address(
    cart_id: int,
    form: CheckoutForm,
    quote: Quote,
    known: BuyerFacts,
    provider: PaymentProvider | None,
) -> str:
    account = current_account()
    buyer = Buyer(
        email=(form.email.data or "").lower(),
        name=form.name.data or "",
        address=form.address(),
        note=form.note.data or "",
        account_id=account.id if account else None,
        country=known.country if "country" in form else "",
        tax_number=known.tax_number if "tax_number" in form else "",
        shipping_choice=known.shipping_choice,
        gift_note=form.gift(),
    )
    network = card_testing.address_key(request.remote_addr)
    card_testing.refuse_testers(email=buyer.email, network=network)
    checks.run(buyer.email, quote)
    placed = placing.place(
        cart_id,
        buyer,
        page_key=form.key(),
        provider=provider.name if provider else None,
        seen=form.seen.data or "",
        network=network,
    )
    order_page = url_for("orders.show", token=placed.token)
    if placed.is_paid or provider is None:
        _clear_cart(placed.order_id)
        return order_page
    g.payment_started = True
    return starting.start_payment(placed.order_id, provider) or order_page


def _already_ordered(cart_id: int, page_key: str) -> ResponseReturnValue:
    """The button was pressed once more after the cart had been emptied: it is paid, or a bank is at work on it."""
    before = queries.attempt_of_page(cart_id, page_key)
    if before is not None and (before.order.is_paid or before.cart_cleared_at):
        return redirect(url_for("orders.show", token=before.order.token), 303)
    return redirect(url_for("cart.show"), 303)


@bp.get("/checkout/return/<token>")
def returned(token: str) -> ResponseReturnValue:
    """Back from the provider: ask it at once instead of waiting for its webhook, then show what is."""
    order_id = order_queries.order_or_404(token).id
    for payment_id in order_queries.undecided_payments(order_id):
        try:
            payments.ask(payment_id, learned_from="return")
        except Exception as error:  # noqa: BLE001 - the webhook and the reconciler will tell
            log.warning("payment.not_asked", payment=payment_id, error=repr(error))
            db.session.rollback()
    order = order_queries.read_again(order_id)
    if order.is_paid or order_queries.is_bank_at_work(order_id):
        _clear_cart(order_id)
    elif (
        order.is_awaiting_payment
        and not order.has_unserved_money
        and not order_queries.undecided_payments(order_id)
    ):
        notify(_("The payment did not go through. Nothing was charged."), "error")
        return redirect(url_for("checkout.show"), 303)
    answer = make_response(redirect(url_for("orders.show", token=token), 303))
    return door.remember(answer, door.cart_of_visitor())


@bp.get("/checkout/cancelled/<token>")
def came_back(token: str) -> ResponseReturnValue:
    """Back from the provider without paying: what was reserved is given back, so that it stands in nobody's way."""
    order_id = order_queries.order_or_404(token).id
    try:
        payments.close(order_id, why=_("The buyer came back without paying"))
    except Exception as error:  # noqa: BLE001 - the reservation ends by itself
        log.warning("order.not_closed", order=order_id, error=repr(error))
        db.session.rollback()
    order = order_queries.read_again(order_id)
    if order.is_paid or order.has_unserved_money or order_queries.is_bank_at_work(order_id):
        return redirect(url_for("orders.show", token=token), 303)
    notify(
        _("You came back without paying. Nothing was charged, and your cart is still here."), "info"
    )
    return redirect(url_for("checkout.show"), 303)


def _clear_cart(order_id: int) -> None:
    with unit_of_work():
        services.clear_cart(order_id)
