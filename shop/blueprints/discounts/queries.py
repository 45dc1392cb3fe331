"""Questions about codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from shop.blueprints.catalog.models import Product, ProductState
from shop.blueprints.discounts.models import DiscountCode, DiscountUse, code_products
from shop.blueprints.orders.models import Order
from shop.core.errors import or_404
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import db

PAGE_SIZE = 50


def code_named(code: str) -> DiscountCode | None:
    """The code that was typed, as it is now."""
    return db.session.scalar(
        select(DiscountCode)
        .where(DiscountCode.code == code)
        .execution_options(populate_existing=True)
    )


def product_ids_of(code: DiscountCode) -> frozenset[int]:
    """The products that a code is bound to; none when it is for all."""
    return frozenset(
        db.session.scalars(
            select(code_products.c.product_id).where(code_products.c.code_id == code.id)
        )
    )


def standing_use(code: DiscountCode, reference: str) -> bool:
    """Whether the order of this reference has used the code and not given it back."""
    if not reference:
        return False
    query = (
        select(DiscountUse.order_id)
        .join(Order, Order.id == DiscountUse.order_id)
        .where(
            DiscountUse.code_id == code.id,
            DiscountUse.given_back_at.is_(None),
            Order.link_key == reference,
        )
    )
    return db.session.scalar(query) is not None


def is_used_by(code: DiscountCode, customer_key: str, *, besides: str) -> bool:
    """Whether a buyer has used the code in another order than the one of the reference `besides`."""
    query = (
        select(DiscountUse.order_id)
        .join(Order, Order.id == DiscountUse.order_id)
        .where(
            DiscountUse.code_id == code.id,
            DiscountUse.customer_key == customer_key,
            DiscountUse.given_back_at.is_(None),
            Order.link_key != besides,
        )
    )
    return db.session.scalar(query) is not None


def codes(*, search: str = "", after: str | None = None) -> Page[DiscountCode]:
    """Codes for the admin, the newest first."""
    query = select(DiscountCode)
    if search:
        query = query.where(DiscountCode.code.contains(search.upper(), autoescape=True))
    return newest_first(query, DiscountCode.id, after=after, size=PAGE_SIZE)


def code_or_404(code_id: int) -> DiscountCode:
    """A code.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(DiscountCode, code_id))


def orders_with(code: DiscountCode, limit: int = 20) -> Sequence[tuple[Order, DiscountUse]]:
    """The last orders that used a code."""
    rows = db.session.execute(
        select(Order, DiscountUse)
        .join(DiscountUse, DiscountUse.order_id == Order.id)
        .where(DiscountUse.code_id == code.id)
        .order_by(Order.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def products_by_slug(slugs: Iterable[str]) -> dict[str, Product]:
    """Products that were not removed, by their addresses."""
    found = db.session.scalars(
        select(Product).where(Product.slug.in_(set(slugs)), Product.state != ProductState.REMOVED)
    )
    return {product.slug: product for product in found}
