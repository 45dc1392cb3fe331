"""Questions about products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from shop.blueprints.catalog.models import (
    Product,
    ProductAddress,
    ProductState,
    Reservation,
    ReservationState,
    Variant,
)
from shop.core.errors import Gone, NotFound
from shop.core.pagination import Page, beyond, decode_cursor
from shop.extensions import db

SHELF_SIZE = 24
PAGE_SIZE = 50


def product_on_shelf(slug: str) -> Product:
    """A product that strangers may see.

    Raises:
        NotFound: there is none, or it is a draft.
        Gone: there was one.
    """
    product = db.session.scalar(select(Product).where(Product.slug == slug))
    if product is not None and product.state == ProductState.REMOVED:
        raise Gone
    if product is None or not product.is_published:
        raise NotFound
    return product


def moved_to(slug: str) -> str | None:
    """The present slug of a published product that had this one before."""
    return db.session.scalar(
        select(Product.slug)
        .join(ProductAddress, ProductAddress.product_id == Product.id)
        .where(ProductAddress.slug == slug, Product.state == ProductState.PUBLISHED)
    )


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
    """Products on sale with these slugs, in that order."""
    wanted = list(slugs)
    found = {
        product.slug: product
        for product in db.session.scalars(
            select(Product).where(Product.slug.in_(wanted), Product.state == ProductState.PUBLISHED)
        )
    }
    return [found[slug] for slug in wanted if slug in found]


def all_on_shelf() -> Iterable[Product]:
    """Every product on sale, for search and sitemap."""
    return db.session.scalars(
        select(Product).where(Product.state == ProductState.PUBLISHED).order_by(Product.id)
    )


def product_or_404(product_id: int) -> Product:
    """Any product that was not removed.

    Raises:
        NotFound: there is none.
    """
    product = db.session.get(Product, product_id)
    if product is None or product.state == ProductState.REMOVED:
        raise NotFound
    return product


def variant_or_404(variant_id: int) -> Variant:
    """A variant that strangers may buy, as far as its product goes.

    Raises:
        NotFound: there is none, it is retired, or its product is hidden.
    """
    variant = db.session.get(Variant, variant_id, populate_existing=True)
    if variant is None or variant.is_retired or not variant.product.is_published:
        raise NotFound
    return variant


def any_variant_or_404(variant_id: int) -> Variant:
    """A variant for the back office, whatever its state.

    Raises:
        NotFound: there is none.
    """
    variant = db.session.get(Variant, variant_id)
    if variant is None:
        raise NotFound
    return variant


def variant_of(product: Product, variant_id: int) -> Variant:
    """A variant of a product, retired or not.

    Raises:
        NotFound: it is another product's.
    """
    for variant in product.variants:
        if variant.id == variant_id:
            return variant
    raise NotFound


def imported(import_key: str) -> Product | None:
    """The product that an import brought under this key."""
    return db.session.scalar(select(Product).where(Product.import_key == import_key))


def products(*, state: str = "", search: str = "", after: str | None = None) -> Page[Product]:
    """Products for the back office, newest first; removed ones left out."""
    query = select(Product).where(Product.state != ProductState.REMOVED)
    if state:
        query = query.where(Product.state == state)
    if search:
        query = query.where(Product.title.icontains(search, autoescape=True))
    if after:
        query = query.where(beyond([Product.id], decode_cursor(after, [int]), descending=True))
    rows = db.session.scalars(query.order_by(Product.id.desc()).limit(PAGE_SIZE + 1)).all()
    return Page.of(rows, PAGE_SIZE, lambda product: [product.id])


def tracked_variants(*, after: str | None = None) -> Page[Variant]:
    """Variants for the stock page, those of the newest products first."""
    query = (
        select(Variant)
        .join(Product)
        .where(Product.state != ProductState.REMOVED, Variant.is_retired.is_(False))
    )
    if after:
        query = query.where(beyond([Variant.id], decode_cursor(after, [int]), descending=True))
    rows = db.session.scalars(query.order_by(Variant.id.desc()).limit(PAGE_SIZE + 1)).all()
    return Page.of(rows, PAGE_SIZE, lambda variant: [variant.id])


def running_low() -> int:
    """How many variants are sold out or nearly so."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Variant)
            .join(Product)
            .where(
                Product.state == ProductState.PUBLISHED,
                Variant.is_retired.is_(False),
                Variant.stock_on_hand.is_not(None),
                Variant.may_oversell.is_(False),
                Variant.stock_on_hand - Variant.stock_reserved <= Variant.low_stock_at,
            )
        )
        or 0
    )


def held(reference: str) -> dict[int, int]:
    """Pieces by variant that a reference holds at this moment."""
    rows = db.session.execute(
        select(Reservation.variant_id, Reservation.quantity).where(
            Reservation.reference == reference, Reservation.state == ReservationState.HELD
        )
    )
    return {row.variant_id: row.quantity for row in rows}
