"""The checkout's page as it is drawn: the form with what it needs, and what the order costs now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from shop.blueprints.cart import codes
from shop.blueprints.cart import queries as cart_queries
from shop.blueprints.cart import services as cart_services
from shop.blueprints.cart.basket import Basket, basket_of
from shop.blueprints.cart.models import MAX_CODE
from shop.blueprints.cart.page import NO_REMARKS, Remarks
from shop.blueprints.cart.quote import Quote
from shop.blueprints.checkout import agreements
from shop.blueprints.checkout.drafting import seen_of
from shop.blueprints.checkout.forms import CheckoutForm
from shop.blueprints.checkout.settings import SHORTEST_MINUTES, CheckoutSettings
from shop.blueprints.payments.providers import offered_providers
from shop.core import settings
from shop.plugins.api import Refused, unit_of_work


def drawn(
    basket: Basket,
    form: CheckoutForm,
    *,
    without: str = "",
    remarks: Remarks = NO_REMARKS,
    addresses: Sequence[Mapping[str, Any]] = (),
    address: Mapping[str, Any] | None = None,
) -> str:
    """The page for a basket, whatever is wrong with it said beside its field.

    Args:
        without: a provider that does not work now.
        addresses: where earlier orders of the person went.
        address: the one of them that the form is filled with.
    """
    form.fit(basket, offered_providers(basket.quote.total_minor, without))
    _object(form, basket.quote)
    form.name_page()
    form.seen.data = seen_of(basket)
    return render_template(
        "checkout/show.html",
        basket=basket,
        remarks=remarks,
        prices_of={line.variant_id: line for line in basket.quote.lines},
        form=form,
        pages=agreements.pages(),
        addresses=addresses,
        address=address,
        rules=settings.current(CheckoutSettings),
        tax_text=settings.in_language_of_site(
            settings.current(CheckoutSettings), "tax_included_text"
        ),
        shortest_minutes=SHORTEST_MINUTES,
    )


def _object(form: CheckoutForm, quote: Quote) -> None:
    for objection in quote.objections:
        if objection.field == "code":
            continue  # is drawn beside the code
        if objection.field in form:
            field = form[objection.field]
            field.errors = [*(error for error in field.errors if error != objection.message)]
            field.errors.append(objection.message)
        elif objection.message not in form.form_errors:
            form.form_errors.append(objection.message)


def refused(basket: Basket, form: CheckoutForm, message: str, *, without: str = "") -> str:
    """The page with an error, for the cart as it is now."""
    form.form_errors = [message]
    cart = cart_queries.cart_now(basket.cart_id)
    return drawn(basket_of(cart, form.buyer_facts()), form, without=without)


def repriced(basket: Basket, form: CheckoutForm) -> ResponseReturnValue:
    """The page once more, with a code that was typed, or without the one that was taken off."""
    typed = form.new_code(basket)
    if not typed and not form.takes_code_off():
        return drawn(basket, form)
    try:
        basket = codes.redeemed(basket, typed) if typed else basket.with_code("")
    except Refused as refusal:
        remarks = Remarks(typed_code=typed[:MAX_CODE], code_error=refusal.message)
        return drawn(basket, form, remarks=remarks), 422
    with unit_of_work():
        if cart := cart_queries.cart_now(basket.cart_id):
            cart_services.set_code(cart, basket.code)
    return drawn(basket, form)
