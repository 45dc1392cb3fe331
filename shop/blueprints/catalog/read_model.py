"""Products as plugins see them."""

from __future__ import annotations

from sqlalchemy import select

from shop.blueprints.catalog.models import Product, Variant
from shop.core.web.security import absolute_url
from shop.plugins.api import ProductView, ReadModel, VariantView, db


def product_view(product: Product) -> ProductView:
    """A product, with what can be chosen of it."""
    url = absolute_url("catalog.show", slug=product.slug)
    return ProductView(
        id=product.id,
        slug=product.slug,
        url=url,
        title=product.title,
        summary=product.summary,
        currency=product.currency,
        tags=tuple(product.tags),
        variants=tuple(_variant(each) for each in product.variants if not each.is_retired),
        is_public=product.is_published,
        is_available=product.is_available,
        node_id=f"{url}#product",
    )


def _variant(variant: Variant) -> VariantView:
    return VariantView(
        id=variant.id,
        title=variant.title,
        sku=variant.sku,
        price_minor=variant.price_minor,
        is_digital=variant.is_digital,
        is_available=variant.is_available,
        remaining=variant.remaining,
    )


def _find(key: int | str) -> ProductView | None:
    column = Product.id if isinstance(key, int) else Product.slug
    product = db.session.scalar(select(Product).where(column == key))
    return product_view(product) if product else None


READ_MODEL = ReadModel(ProductView, _find)
