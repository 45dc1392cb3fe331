"""The cart: a page, and the inside of a drawer. The same addresses answer with and without JavaScript."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.cart import codes, door, queries, quoting, services
from shop.blueprints.cart.models import MAX_CODE, MAX_NOTE, Cart
from shop.blueprints.cart.queries import CartContents
from shop.blueprints.catalog import leading
from shop.blueprints.catalog import queries as catalog
from shop.blueprints.catalog.views import Asked, product_page
from shop.core.errors import NotFound, Refused
from shop.core.notices import notify
from shop.core.text import clean_block
from shop.core.unit_of_work import unit_of_work
from shop.extensions import limiter
from shop.plugins import registry

bp = Blueprint("cart", __name__)

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


@bp.get("/cart")
def show() -> ResponseReturnValue:
    """What lies in it."""
    cart = door.cart_of_visitor()
    return door.remember(_contents(cart), cart)


@bp.post("/cart")
def check_out() -> ResponseReturnValue:
    """Keep the note and go on to the checkout."""
    note = clean_block(request.form.get("note", ""))
    try:
        with unit_of_work():
            cart = door.cart_of_visitor()
            if cart is not None:
                services.write_note(cart, note)
    except Refused as refusal:
        written = quoting.priced(
            queries.contents(door.cart_of_visitor()), note=note, note_error=refusal.message
        )
        return render_template("cart/show.html", cart=written), 422
    ready = registry().has("checkout")
    return redirect(url_for("checkout.show") if ready else url_for("cart.show"), 303)


@bp.post("/cart/items")
@limiter.limit("120 per minute")
def add() -> ResponseReturnValue:
    """Put something in. What does not fit is said where it was asked for, and nothing is added."""
    variant_id = _whole(request.form.get("variant", "")) or 0
    asked = request.form.get("quantity", "1")
    try:
        with unit_of_work():
            cart = door.cart_of_visitor() or services.start()
            came_from = leading.named(request.form.get(leading.FIELD, ""))
            item = services.add(cart, variant_id, _whole(asked) or 0, came_from=came_from)
            title = item.variant.product.title
    except NotFound:
        return _not_for_sale(variant_id)
    except Refused as refusal:
        return _not_added(variant_id, asked, refusal)
    announcement = str(_("%(title)s was added to your cart.", title=title))
    if _in_drawer():
        return door.remember(_contents(cart, announcement=announcement), cart)
    return door.remember(make_response(redirect(url_for("cart.show"), 303)), cart)


def _not_added(variant_id: int, asked: str, refusal: Refused) -> Response:
    remaining = refusal.remaining if isinstance(refusal, services.DoesNotFit) else None
    if _in_drawer():
        return _say_in_place(refusal.message, 422, remaining)
    quantity = asked[:12] if remaining is None else str(max(1, remaining))
    product = catalog.variant_or_404(variant_id).product
    came_from = leading.named(request.form.get(leading.FIELD, ""))
    again = Asked(variant_id, quantity, refusal.message, came_from)
    return make_response(product_page(product, again), 422)


def _not_for_sale(variant_id: int) -> Response:
    """The guide is still there, and one of its editions is not; or all of it is gone."""
    message = str(_("This is no longer for sale."))
    if _in_drawer():
        return _say_in_place(message, 404)
    product = catalog.any_variant_or_404(variant_id).product
    if not product.is_published:
        raise NotFound
    return make_response(product_page(product, Asked(message=message)), 404)


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
            said = services.change(cart, item_id, -1 if quantity is None else quantity)
    except Refused as refusal:
        cart, said = _own_cart(), refusal.message
    if said:
        page = _contents(cart, messages={item_id: said}, announcement=said, status=422)
        return door.remember(page, cart)
    if not _in_drawer():
        return door.remember(make_response(redirect(url_for("cart.show"), 303)), cart)
    contents = queries.contents(cart)
    priced = quoting.priced(contents, announcement=_sum_of(contents))
    return door.remember(_answer(priced, 200), cart)


@bp.post("/cart/code")
@door.CODES_LIMITED
def enter_code() -> ResponseReturnValue:
    """Take a code, or the one that is there away. The note beside it is kept."""
    cart = _own_cart()
    typed = "" if "remove" in request.form else request.form.get("code", "")
    try:
        code = codes.accepted(queries.contents(cart), typed) if "remove" not in request.form else ""
    except Refused as refusal:
        refused = quoting.priced(
            queries.contents(cart, announcement=refusal.message),
            typed_code=typed[:MAX_CODE],
            code_error=refusal.message,
        )
        return door.remember(_answer(refused, 422), cart)
    with unit_of_work():
        cart = _own_cart()
        services.write_code(cart, code)
        if len(note := clean_block(request.form.get("note", cart.note))) <= MAX_NOTE:
            services.write_note(cart, note)
    said = _("Your code %(code)s is applied.", code=code) if code else _("The code is taken off.")
    if not _in_drawer():
        notify(said)
        return door.remember(make_response(redirect(url_for("cart.show"), 303)), cart)
    return door.remember(_contents(cart, announcement=str(said)), cart)


def _own_cart() -> Cart:
    cart = door.cart_of_visitor()
    if cart is None:
        raise NotFound
    return cart


def _sum_of(contents: CartContents) -> str:
    return str(
        ngettext(
            "Your cart has %(num)d item, %(sum)s.",
            "Your cart has %(num)d items, %(sum)s.",
            contents.count,
            sum=contents.subtotal_text,
        )
    )


def _contents(
    cart: Cart | None,
    *,
    messages: dict[int, str] | None = None,
    announcement: str = "",
    status: int = 200,
) -> Response:
    contents = queries.contents(cart, messages=messages, announcement=announcement)
    return _answer(quoting.priced(contents), status)


def _answer(contents: CartContents, status: int) -> Response:
    template = "cart/drawer.html" if _in_drawer() else "cart/show.html"
    return make_response(render_template(template, cart=contents), status)


def _in_drawer() -> bool:
    return request.headers.get("X-Fragment") == "drawer"


def _whole(value: str) -> int | None:
    """A whole number written in ASCII digits, or None: 1e99, -1, NaN and १ are none."""
    return int(value) if _WHOLE_NUMBER.fullmatch(value) else None
