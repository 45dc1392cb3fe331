"""A product as a card: in an article, or in the list of products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from shop.blueprints.catalog import leading, queries
from shop.blueprints.catalog.models import Product, Variant
from shop.core.covers import design
from shop.core.covers.sharing import SharedPicture
from shop.core.files import images
from shop.core.pages.shared_work import shared_work
from shop.core.pictures.drawing import Drawn, shown
from shop.core.site import site
from shop.core.web import shared_pictures
from shop.core.web.security import base_url
from shop.plugins.api import Guide, VariantChoice, format_money, made_of

WIDEST_PICTURE = 640
"""How many CSS pixels wide a picture of a product is drawn at most."""


def guide(product: Product, came_from: str = "") -> Guide:
    """The card of a product, in an article where `came_from` names one. Its page is made of it, and purged with it."""
    made_of(f"product:{product.id}")
    variants = on_sale(product)
    cheapest = min(variants, key=lambda variant: variant.price_minor, default=None)
    price = format_money(cheapest.price_minor, product.currency) if cheapest else ""
    single = len(variants) == 1
    return Guide(
        title=product.title,
        summary=product.summary,
        url=leading.address_from_article(product.slug, came_from),
        cover_url=cover_url(product),
        price_text=_("from %(price)s", price=price) if _differ(variants) else price,
        compare_at_text=compare_at_text(cheapest) if cheapest and not _differ(variants) else "",
        stock_note=_stock_note(product, variants),
        variant_id=cheapest.id if cheapest and single else None,
        is_available=product.is_available,
        kind_text=kind_text(variants),
        came_from=came_from,
        variants=() if single else tuple(_choice(variant) for variant in variants),
    )


def guides_at(slugs: Sequence[str], came_from: str = "") -> tuple[Guide, ...]:
    """The cards of the products on sale at some addresses. The page is made of them, and of the catalog."""
    key = ("catalog.guides_at", tuple(slugs), came_from, str(get_locale()))

    def make() -> tuple[Guide, ...]:
        made_of("catalog", "settings")
        return tuple(guide(product, came_from) for product in queries.by_slugs(slugs))

    return shared_work(key, make)


def _choice(variant: Variant) -> VariantChoice:
    price = format_money(variant.price_minor, variant.product.currency)
    words = [variant.title, price, stock_note(variant)]
    return VariantChoice(variant.id, " · ".join(filter(None, words)), variant.is_available)


def _differ(variants: list[Variant]) -> bool:
    return len({variant.price_minor for variant in variants}) > 1


def on_sale(product: Product) -> list[Variant]:
    """The variants that a buyer may choose from, in their order."""
    return [variant for variant in product.variants if not variant.is_retired]


def compare_at_text(variant: Variant) -> str:
    """The price before, where it was higher."""
    if variant.compare_at_minor is None or variant.compare_at_minor <= variant.price_minor:
        return ""
    return format_money(variant.compare_at_minor, variant.product.currency)


def stock_note(variant: Variant) -> str:
    """What a buyer must know of the stock: sold out, or how few are left."""
    if not variant.is_available:
        return str(_("Sold out"))
    return str(_("Only %(n)d left", n=variant.remaining)) if variant.is_low else ""


def kind_text(variants: list[Variant]) -> str:
    """What is sold: a download, or how many variants."""
    if variants and all(variant.is_digital for variant in variants):
        return str(_("Instant download"))
    if len(variants) > 1:
        return str(ngettext("%(num)d variant", "%(num)d variants", len(variants)))
    return ""


def cover_url(product: Product, width: int = 640) -> str:
    """The address of a product's picture, that many pixels wide, or of its drawn cover."""
    if product.image_key:
        return url_for("catalog.picture", key=product.image_key, width=width)
    return url_for("catalog.cover", slug=product.slug, v=design.cover_fingerprint(product))


def shared_picture_of(product: Product) -> SharedPicture:
    """What networks show of a product without a picture: its title, in the colours and the pattern of its cover."""
    ground, figure = product.cover_tones
    return SharedPicture(
        title=product.title,
        above=product.subtitle,
        below=site().name,
        seed=product.slug,
        pattern=product.cover_pattern,
        tones=(ground, figure),
    )


def shared_picture_url(product: Product) -> str:
    """The whole address of what networks show of a product."""
    if product.image_key:
        return base_url() + cover_url(product, max(images.WIDTHS))
    return shared_pictures.picture_address(
        "catalog.shared", shared_picture_of(product), slug=product.slug
    )


def covers_of(product_ids: Iterable[int], width: int = 320) -> dict[int, str]:
    """The addresses of the pictures of some products, by id, as far as they are still for sale."""
    found = queries.published_products(product_ids)
    return {product.id: cover_url(product, width) for product in found}


def slides_of(product: Product, *, are_pages: bool = False) -> list[Drawn]:
    """What a product's page shows beside its cover, or as pages to look inside; in their order."""
    chosen = [each.picture for each in product.pictures if each.is_page == are_pages]
    drawn = [shown(picture, WIDEST_PICTURE) for picture in chosen]
    return [each for each in drawn if each is not None]


def _stock_note(product: Product, variants: list[Variant]) -> str:
    if not product.is_available:
        return str(_("Sold out"))
    return stock_note(variants[0]) if len(variants) == 1 else ""
