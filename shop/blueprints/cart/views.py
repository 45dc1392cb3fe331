"""The cart: a page, and the inside of a drawer. The same addresses answer with and without JavaScript."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.cart import adding, buying, codes, cookies, page, queries, services
from shop.blueprints.cart.basket import Basket, basket_of
from shop.blueprints.cart.buying import Asked
from shop.blueprints.cart.models import MAX_CODE, MAX_NOTE, Cart
from shop.blueprints.cart.page import Remarks
from shop.blueprints.catalog import leading
from shop.blueprints.catalog import queries as catalog
from shop.blueprints.catalog.views import product_page
from shop.core.pages.page_cache import holds_no_secret
from shop.core.text import clean_block
from shop.extensions import limiter
from shop.plugins.api import NotFound, Refused, notify, unit_of_work

bp = Blueprint("cart", __name__)

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


@bp.get("/cart")
def show() -> ResponseReturnValue:
    """What is in it."""
    cart = cookies.cart_of_visitor()
    holds_no_secret()
    return cookies.remember(page.drawn(basket_of(cart)), cart)


@bp.post("/cart/items")
@limiter.limit("120 per minute")
def add() -> ResponseReturnValue:
    """Put something in. What does not fit is said where it was asked for, and nothing is added."""
    variant_id = _whole(request.form.get("variant", "")) or 0
    asked = request.form.get("quantity", "1")
    try:
        with unit_of_work():
            key = cookies.key_of_visitor()
            came_from = leading.named(request.form.get(leading.FIELD, ""))
            filled = adding.add_item(key, variant_id, _whole(asked) or 0, came_from=came_from)
    except NotFound:
        return _not_for_sale(variant_id)
    except Refused as refusal:
        return _not_added(variant_id, asked, refusal)
    if page.is_for_drawer():
        said = Remarks(announcement=_("%(title)s was added to your cart.", title=filled.title))
        cart = queries.cart_now(filled.cart_id)
        return cookies.remember(page.drawn(basket_of(cart), said), cart)
    held = cookies.Held(Cart.token_of(filled.key), filled.count)
    return cookies.remember(make_response(redirect(url_for("cart.show"), 303)), held)


def _not_added(variant_id: int, asked: str, refusal: Refused) -> Response:
    remaining = refusal.remaining if isinstance(refusal, services.DoesNotFit) else None
    if page.is_for_drawer():
        return _say_in_place(refusal.message, 422, remaining)
    quantity = asked[:12] if remaining is None else str(max(1, remaining))
    product = catalog.variant_or_404(variant_id).product
    came_from = leading.named(request.form.get(leading.FIELD, ""))
    again = Asked(variant_id, quantity, refusal.message)
    return make_response(
        product_page(product, came_from=came_from, handed=buying.refused_by_cart(again)), 422
    )


def _not_for_sale(variant_id: int) -> Response:
    """One variant of the product is gone, or the whole product."""
    message = str(_("This is no longer for sale."))
    if page.is_for_drawer():
        return _say_in_place(message, 404)
    product = catalog.any_variant_or_404(variant_id).product
    if not product.is_published:
        raise NotFound
    return make_response(
        product_page(product, handed=buying.refused_by_cart(Asked(message=message))), 404
    )


def _say_in_place(message: str, status: int, remaining: int | None = None) -> Response:
    response = make_response(render_template("cart/refused.html", message=message), status)
    response.headers["X-Cart-Message"] = quote(message)
    if remaining is not None:
        response.headers["X-Cart-Remaining"] = str(remaining)
    return response


@bp.post("/cart/items/<int:item_id>")
@limiter.limit("240 per minute")
def change(item_id: int) -> ResponseReturnValue:
    """Set a line's quantity; 0 removes it. A line raised beyond stock is lowered and says so."""
    quantity = _whole(request.form.get("quantity", ""))
    said = ""
    try:
        with unit_of_work():
            cart = _own_cart()
            said = services.change_quantity(cart, item_id, -1 if quantity is None else quantity)
    except Refused as refusal:
        cart, said = _own_cart(), refusal.message
    if said:
        basket = basket_of(cart, messages={item_id: said})
        return cookies.remember(page.drawn(basket, Remarks(announcement=said), 422), cart)
    if not page.is_for_drawer():
        return cookies.remember(make_response(redirect(url_for("cart.show"), 303)), cart)
    basket = basket_of(cart)
    return cookies.remember(page.drawn(basket, Remarks(announcement=_sum_of(basket))), cart)


@bp.post("/cart/code")
@cookies.CODES_LIMITED
def enter_code() -> ResponseReturnValue:
    """Apply a code, or remove the one that is applied. The note beside it is kept."""
    cart = _own_cart()
    basket, typed = basket_of(cart), request.form.get("code", "")
    try:
        basket = basket.with_code("") if "remove" in request.form else codes.redeemed(basket, typed)
    except Refused as refusal:
        said = Remarks(
            announcement=refusal.message, typed_code=typed[:MAX_CODE], code_error=refusal.message
        )
        return cookies.remember(page.drawn(basket, said, 422), cart)
    with unit_of_work():
        cart = _own_cart()
        services.set_code(cart, basket.code)
        if len(note := clean_block(request.form.get("note", cart.note))) <= MAX_NOTE:
            services.set_note(cart, note)
    return cookies.remember(_code_changed(cart), cart)


def _code_changed(cart: Cart) -> Response:
    message = (
        _("Your code %(code)s has been applied.", code=cart.code)
        if cart.code
        else _("The code has been removed.")
    )
    if page.is_for_drawer():
        return page.drawn(basket_of(cart), Remarks(announcement=message))
    notify(message)
    return make_response(redirect(url_for("cart.show"), 303))


def _own_cart() -> Cart:
    cart = cookies.cart_of_visitor()
    if cart is None:
        raise NotFound
    return cart


def _sum_of(basket: Basket) -> str:
    return str(
        ngettext(
            "Your cart has %(num)d item, %(sum)s.",
            "Your cart has %(num)d items, %(sum)s.",
            basket.count,
            sum=basket.subtotal_text,
        )
    )


def _whole(value: str) -> int | None:
    """A whole number written in ASCII digits, or None: 1e99, -1, NaN and १ are none."""
    return int(value) if _WHOLE_NUMBER.fullmatch(value) else None
