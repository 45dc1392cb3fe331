"""Questions about products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import joinedload, lazyload

from shop.blueprints.catalog.models import (
    Product,
    ProductAddress,
    ProductFile,
    ProductState,
    Reservation,
    ReservationState,
    Variant,
    remaining_of,
)
from shop.core.errors import or_404
from shop.core.web.pagination import Page, beyond, decode_cursor, newest_first
from shop.plugins.api import Gone, NotFound, db

SHELF_SIZE = 24
PAGE_SIZE = 50


def product_on_shelf(slug: str) -> Product:
    """A product that strangers may see.

    Raises:
        NotFound: there is none, or it is a draft.
        Gone: there was one.
    """
    query = select(Product).where(Product.slug == slug).options(joinedload(Product.pictures))
    product = db.session.scalars(query).unique().one_or_none()
    if product is not None and product.state == ProductState.REMOVED:
        raise Gone
    if product is None or not product.is_published:
        raise NotFound
    return product


def product_by_slug(slug: str) -> Product:
    """A product, whatever its state, without its variants.

    Raises:
        NotFound: there is none.
    """
    return or_404(
        db.session.scalar(
            select(Product).where(Product.slug == slug).options(lazyload(Product.variants))
        )
    )


def published_products(ids: Iterable[int]) -> Sequence[Product]:
    """Those of some products that are for sale, in no order."""
    return db.session.scalars(
        select(Product).where(Product.id.in_([*ids]), Product.state == ProductState.PUBLISHED)
    ).all()


def moved_to(slug: str) -> str | None:
    """The present slug of a product that had this one before.

    Raises:
        Gone: the product was removed.
    """
    found = db.session.execute(
        select(Product.slug, Product.state)
        .join(ProductAddress, ProductAddress.product_id == Product.id)
        .where(ProductAddress.slug == slug)
    ).one_or_none()
    if found is not None and found.state == ProductState.REMOVED:
        raise Gone
    return found.slug if found is not None and found.state == ProductState.PUBLISHED else None


def shelf(after: str | None = None, limit: int = SHELF_SIZE) -> Page[Product]:
    """Products on sale: featured ones first, then the newest."""
    query = select(Product).where(Product.state == ProductState.PUBLISHED)
    if after:
        query = query.where(
            beyond(
                [Product.featured, Product.id], decode_cursor(after, [bool, int]), descending=True
            )
        )
    rows = db.session.scalars(
        query.order_by(Product.featured.desc(), Product.id.desc()).limit(limit + 1)
    ).all()
    return Page.of(rows, limit, lambda product: [product.featured, product.id])


def featured(limit: int = 4) -> Sequence[Product]:
    """What the front page shows; the newest products when none is featured."""
    return shelf(limit=limit).items


def by_slugs(slugs: Iterable[str]) -> Sequence[Product]:
    """Products on sale at these slugs, or that were there before, in that order and each once."""
    wanted = list(slugs)
    rows = db.session.execute(_at_slugs(), {"slugs": wanted}).unique()
    found: dict[str, Product] = {}
    for product, former in rows:
        found[product.slug] = product
        if former is not None:
            found.setdefault(former, product)
    return list(dict.fromkeys(found[slug] for slug in wanted if slug in found))


@cache
def _at_slugs() -> Select[*tuple[Any, ...]]:
    wanted: BindParameter[str] = bindparam("slugs", expanding=True)
    moved = ProductAddress.slug.in_(wanted)
    return (
        select(Product, ProductAddress.slug)
        .outerjoin(ProductAddress, and_(ProductAddress.product_id == Product.id, moved))
        .where(
            or_(
                Product.slug.in_(wanted),
                Product.id.in_(select(ProductAddress.product_id).where(moved)),
            ),
            Product.state == ProductState.PUBLISHED,
        )
        .options(joinedload(Product.variants))  # an article's page has four questions in all
    )


def all_on_shelf() -> Iterable[Product]:
    """Every product on sale, a few at a time, without its variants: for the search."""
    return db.session.scalars(
        select(Product)
        .where(Product.state == ProductState.PUBLISHED)
        .order_by(Product.id)
        .options(lazyload(Product.variants))
        .execution_options(yield_per=200)
    )


def product_addresses() -> Iterable[tuple[str, datetime]]:
    """Slug and last change of every product on sale."""
    rows = db.session.execute(
        select(Product.slug, Product.updated_at)
        .where(Product.state == ProductState.PUBLISHED)
        .order_by(Product.id)
    )
    return ((row.slug, row.updated_at) for row in rows)


def product_or_404(product_id: int) -> Product:
    """Any product that was not removed.

    Raises:
        NotFound: there is none.
    """
    product = any_product_or_404(product_id)
    if product.state == ProductState.REMOVED:
        raise NotFound
    return product


def any_product_or_404(product_id: int) -> Product:
    """A product, whatever its state.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Product, product_id))


def variant_or_404(variant_id: int) -> Variant:
    """A variant that strangers may buy, as far as its product goes.

    Raises:
        NotFound: there is none, it is retired, or its product is hidden.
    """
    variant = db.session.get(Variant, variant_id, populate_existing=True)
    if variant is None or variant.is_retired or not variant.product.is_published:
        raise NotFound
    return variant


@dataclass(frozen=True, slots=True)
class ForSale:
    """What a cart has to know of a variant: its product's title and currency, and what can be sold now (None is
    without limit)."""

    title: str
    currency: str
    remaining: int | None


def for_sale_or_404(variant_id: int) -> ForSale:
    """The same variants as `variant_or_404`, of columns alone: a quarter of the cost.

    Raises:
        NotFound: there is none, it is retired, or its product is hidden.
    """
    row = db.session.connection().execute(_for_sale(), {"variant_id": variant_id}).first()
    if row is None:
        raise NotFound
    return ForSale(row.title, row.currency, remaining_of(*row[2:]))


@cache
def _for_sale() -> Select[str, str, int | None, int, bool]:
    stock = (Variant.stock_on_hand, Variant.stock_reserved, Variant.may_oversell)
    return (
        select(Product.title, Product.currency, *stock)
        .join(Variant, Variant.product_id == Product.id)
        .where(
            Variant.id == bindparam("variant_id"),
            Variant.is_retired.is_(False),
            Product.state == ProductState.PUBLISHED,
        )
    )


def any_variant_or_404(variant_id: int) -> Variant:
    """A variant for the admin, whatever its state.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Variant, variant_id))


def variant_of(product: Product, variant_id: int) -> Variant:
    """A variant of a product, retired or not.

    Raises:
        NotFound: it is another product's.
    """
    for variant in product.variants:
        if variant.id == variant_id:
            return variant
    raise NotFound


def variant_of_sku(sku: str) -> Variant | None:
    """A variant with this SKU, of a product that was not removed."""
    return db.session.scalar(
        select(Variant)
        .join(Product)
        .where(Variant.sku == sku, Product.state != ProductState.REMOVED)
        .order_by(Variant.id)
        .limit(1)
    )


def file_of(product: Product, file_id: int) -> ProductFile:
    """A file of a product.

    Raises:
        NotFound: it is another product's.
    """
    for file in product.files:
        if file.id == file_id:
            return file
    raise NotFound


def imported_product(import_key: str) -> Product | None:
    """The product that an import brought under this key."""
    return db.session.scalar(select(Product).where(Product.import_key == import_key))


def products(*, state: str = "", search: str = "", after: str | None = None) -> Page[Product]:
    """Products for the admin, newest first; removed ones only where that state is asked for."""
    query = select(Product).where(
        Product.state == state if state else Product.state != ProductState.REMOVED
    )
    if search:
        query = query.where(Product.title.icontains(search, autoescape=True))
    return newest_first(query, Product.id, after=after, size=PAGE_SIZE)


def variants_in_stock(*, low: bool = False, after: str | None = None) -> Page[Variant]:
    """Variants for the stock page, the newest first; only those that run out, if wanted."""
    query = (
        select(Variant)
        .join(Product)
        .where(Product.state != ProductState.REMOVED, Variant.is_retired.is_(False))
    )
    if low:
        query = query.where(*_RUNS_OUT)
    return newest_first(query, Variant.id, after=after, size=PAGE_SIZE)


_RUNS_OUT = (
    Product.state == ProductState.PUBLISHED,
    Variant.is_retired.is_(False),
    Variant.stock_on_hand.is_not(None),
    Variant.may_oversell.is_(False),
    Variant.stock_on_hand - Variant.stock_reserved <= Variant.low_stock_at,
)


def running_low() -> int:
    """How many variants are sold out or nearly so."""
    return db.session.scalar(running_low_query()) or 0


def running_low_query() -> Select[int]:
    """The same, to be asked together with others."""
    return select(func.count()).select_from(Variant).join(Product).where(*_RUNS_OUT)


def held(reference: str) -> dict[int, int]:
    """Items by variant that a reference holds at this moment."""
    rows = db.session.execute(
        select(Reservation.variant_id, Reservation.quantity).where(
            Reservation.reference == reference, Reservation.state == ReservationState.HELD
        )
    )
    return {row.variant_id: row.quantity for row in rows}
