"""Putting something into a cart: what visitors write most often.

So it goes by columns, and by statements that are made once: three for a new cart, five for one that is there. Rows as
objects cost three times as much here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import (
    CursorResult,
    Executable,
    Insert,
    Select,
    Update,
    bindparam,
    case,
    insert,
    select,
    update,
)

from shop.blueprints.cart.lines import share_of
from shop.blueprints.cart.models import MAX_QUANTITY, Cart, CartItem
from shop.blueprints.cart.services import DoesNotFit, require_room
from shop.blueprints.catalog import queries as catalog
from shop.blueprints.catalog.models import Product, Variant
from shop.core import clock
from shop.core.secrets import tokens
from shop.plugins.api import Refused, db


@dataclass(frozen=True, slots=True)
class Filled:
    """A cart after something was put in: its `link_key`, how many items it has, and the title of the product."""

    cart_id: int
    key: str
    count: int
    title: str


class _Line(NamedTuple):
    quantity: int
    currency: str


def add_item(key: str, variant_id: int, quantity: int, *, came_from: str = "") -> Filled:
    """Put items of a variant into a cart, or nothing when they do not all fit. The first article that led here counts.

    Args:
        key: the `link_key` of the cart. When there is no such cart, a new one is begun.

    Raises:
        NotFound: the variant is not for sale.
        DoesNotFit: fewer remain; nothing is added.
        Refused: the quantity is out of bounds, the cart is full, or the currency is another.
    """
    if not 1 <= quantity <= MAX_QUANTITY:
        raise Refused(
            _("Enter a quantity from 1 to %(most)d.", most=MAX_QUANTITY), field="quantity"
        )
    cart = _run(_locked(), {"key": key}).first() if key else None
    lines = _lines_of(cart.id) if cart else {}
    offer = catalog.for_sale_or_404(variant_id)
    own = catalog.held(cart.held_as).get(variant_id, 0) if cart and cart.held_as else 0
    held = lines[variant_id].quantity if variant_id in lines else 0
    _require_fit(share_of(offer.remaining, own), held, quantity)
    if not held:
        require_room([line.currency for line in lines.values()], offer.currency)
    if cart is None:
        cart_id, key = _started()
    else:
        cart_id = cart.id
        _run(_touch(), {"cart_id": cart_id, "now": clock.now()})
    _put(cart_id, variant_id, held, quantity, came_from)
    count = sum(line.quantity for line in lines.values()) + quantity
    return Filled(cart_id, key, count, offer.title)


def _run(statement: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
    return db.session.connection().execute(statement, values)


@cache
def _locked() -> Select[int, str | None]:
    # Two requests of one visitor at once: the second one waits and sees what the first one did.
    query = select(Cart.id, Cart.held_as).where(Cart.link_key == bindparam("key"))
    return query.with_for_update()


def _lines_of(cart_id: int) -> dict[int, _Line]:
    rows = _run(_lines(), {"cart_id": cart_id})
    return {row.variant_id: _Line(row.quantity, row.currency) for row in rows}


@cache
def _lines() -> Select[int, int, str]:
    return (
        select(CartItem.variant_id, CartItem.quantity, Product.currency)
        .join(Variant, Variant.id == CartItem.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(CartItem.cart_id == bindparam("cart_id"))
    )


def _require_fit(limit: int | None, held: int, quantity: int) -> None:
    if limit is None or limit > MAX_QUANTITY:
        limit = MAX_QUANTITY
    if held + quantity > limit:
        raise DoesNotFit(max(0, limit - held))


def _started() -> tuple[int, str]:
    key = tokens.random_token()
    return _run(_new_cart(), {"link_key": key}).scalar_one(), key


@cache
def _new_cart() -> Insert:
    return insert(Cart).values(link_key=bindparam("link_key")).returning(Cart.id)


@cache
def _touch() -> Update:
    return update(Cart).where(Cart.id == bindparam("cart_id")).values(updated_at=bindparam("now"))


def _put(cart_id: int, variant_id: int, held: int, quantity: int, came_from: str) -> None:
    if held:
        which = {"of_cart": cart_id, "of_variant": variant_id}
        _run(_more(), {**which, "in_all": held + quantity, "from_now": came_from})
    else:
        _run(
            _new_line(),
            {
                "cart_id": cart_id,
                "variant_id": variant_id,
                "quantity": quantity,
                "came_from": came_from,
            },
        )


@cache
def _new_line() -> Insert:
    return insert(CartItem)


@cache
def _more() -> Update:
    is_first = CartItem.came_from == ""
    return (
        update(CartItem)
        .where(
            CartItem.cart_id == bindparam("of_cart"), CartItem.variant_id == bindparam("of_variant")
        )
        .values(
            quantity=bindparam("in_all"),
            came_from=case((is_first, bindparam("from_now")), else_=CartItem.came_from),
        )
    )
