"""Questions about carts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload, lazyload

from shop.blueprints.cart.models import Cart, CartItem
from shop.blueprints.catalog.models import Product, Variant
from shop.core.errors import or_404
from shop.plugins.api import db

# The siblings of a variant are of no interest here.
WITH_PRODUCT = (
    joinedload(CartItem.variant).joinedload(Variant.product).options(lazyload(Product.variants))
)


def cart_by_token(token: str) -> Cart | None:
    """The cart behind a cookie."""
    return db.session.scalar(select(Cart).where(Cart.opened_by(token)))


def cart_now(cart_id: int | None) -> Cart | None:
    """A cart as it is now, whatever was read of it before."""
    return None if cart_id is None else db.session.get(Cart, cart_id, populate_existing=True)


def untouched_since(moment: datetime, *, limit: int) -> Sequence[int]:
    """Carts that nobody has touched since a moment (UTC), the oldest first."""
    return db.session.scalars(
        select(Cart.id).where(Cart.updated_at < moment).order_by(Cart.updated_at).limit(limit)
    ).all()


def currencies(cart: Cart) -> Sequence[str]:
    """The currency of each line."""
    return db.session.scalars(_currencies(), {"cart_id": cart.id}).all()


@cache
def _currencies() -> Select[str]:
    return (
        select(Product.currency)
        .join(Variant, Variant.product_id == Product.id)
        .join(CartItem, CartItem.variant_id == Variant.id)
        .where(CartItem.cart_id == bindparam("cart_id"))
    )


def item_of(cart: Cart, item_id: int) -> CartItem:
    """A line of this cart, as it is now.

    Raises:
        NotFound: there is none, or it is another cart's.
    """
    return or_404(
        db.session.scalar(
            select(CartItem)
            .where(CartItem.id == item_id, CartItem.cart_id == cart.id)
            .options(WITH_PRODUCT)
            .execution_options(populate_existing=True)
        )
    )


def count(cart: Cart) -> int:
    """How many items are in a cart, for the badge."""
    return db.session.scalar(_count(), {"cart_id": cart.id}) or 0


@cache
def _count() -> Select[int]:
    total = func.coalesce(func.sum(CartItem.quantity), 0)
    return select(total).where(CartItem.cart_id == bindparam("cart_id"))
