"""The checkout's page as it is drawn: the form with what it needs, and what the order costs now."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template, request
from flask.typing import ResponseReturnValue

from shop.blueprints.cart import codes, quoting
from shop.blueprints.cart import queries as cart_queries
from shop.blueprints.cart import services as cart_services
from shop.blueprints.cart.models import MAX_CODE, Cart
from shop.blueprints.cart.quotes import Quote
from shop.blueprints.checkout import queries
from shop.blueprints.checkout.drafting import seen_of
from shop.blueprints.checkout.forms import CheckoutForm
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.core import settings
from shop.core.errors import Refused
from shop.core.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db


def drawn(
    cart: Cart, form: CheckoutForm, *, without: str = "", typed: str = "", wrong_code: str = ""
) -> str:
    """The page for a cart, whatever is wrong with it said beside its field.

    Args:
        without: a provider that does not work now.
        typed: a code that was refused, for the reason `wrong_code`.
    """
    contents = cart_queries.contents(cart)
    quote = quoting.quote(quoting.facts_of(contents, form.buyer_facts()))
    if quote.objection_to("country") and not form.is_submitted():
        form.country.data = ""  # where somebody lives is no mistake of theirs
        quote = quoting.quote(quoting.facts_of(contents, form.buyer_facts()))
    providers = queries.offered_providers(without) if quote.total_minor else []
    form.fit(quote, needs_address=contents.needs_address, providers=providers)
    _object(form, quote)
    form.page_key.data = form.key() or random_token()
    form.seen.data = seen_of(contents, quote)
    return render_template(
        "checkout/show.html",
        cart=cart,
        contents=replace(
            contents,
            quote=quote,
            takes_codes=quoting.takes_codes(),
            typed_code=typed,
            code_error=wrong_code,
        ),
        quote=quote,
        prices_of={line.variant_id: line for line in quote.lines},
        form=form,
        rules=settings.current(CheckoutSettings),
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


def typed_code(cart: Cart) -> str:
    """A code in the form that the cart does not have yet; it is not forgotten when another button is pressed."""
    typed = request.form.get("code", "").strip()
    return "" if "remove" in request.form or codes.normal(typed) == cart.code else typed


def repriced(cart: Cart, form: CheckoutForm) -> ResponseReturnValue:
    """The page once more, with a code that was typed, or without the one that was taken off."""
    typed, code = typed_code(cart), ""
    if not typed and "remove" not in request.form:
        return drawn(cart, form)
    try:
        if typed:
            code = codes.accepted(cart_queries.contents(cart), typed, form.buyer_facts())
    except Refused as refused:
        return drawn(cart, form, typed=typed[:MAX_CODE], wrong_code=refused.message), 422
    cart_id = cart.id
    with unit_of_work():
        cart_services.write_code(again(cart_id), code)
    return drawn(again(cart_id), form)


def again(cart_id: int) -> Cart:
    """A cart after a unit of work."""
    return db.session.get_one(Cart, cart_id, populate_existing=True)
