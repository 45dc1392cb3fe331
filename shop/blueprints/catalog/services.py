"""What happens to products: written, published, removed; their variants and pictures. Files: `files/`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shop.blueprints.catalog import queries
from shop.blueprints.catalog.models import (
    Product,
    ProductAddress,
    ProductPicture,
    ProductState,
    Variant,
)
from shop.blueprints.catalog.stock import levels
from shop.core import clock, markdown, money
from shop.core.covers.design import TONE
from shop.core.covers.patterns import PATTERNS
from shop.core.files import images
from shop.core.pictures.drawing import drawable
from shop.core.text import slugify
from shop.plugins.api import Refused, db, publish, purge
from shop.plugins.api.events import ProductChanged

LONGEST_NAME = 160
MOST_PICTURES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductText:
    """What is said of a product. `cover_tones` are ground and figure, as #rrggbb."""

    title: str
    slug: str = ""
    subtitle: str = ""
    summary: str = ""
    description: str = ""
    currency: str
    cover_pattern: str = "rings"
    cover_tones: tuple[str, str] = ("#8c2f2b", "#f2e6d8")
    featured: bool = False
    tags: Sequence[str] = ()
    vendor: str = ""
    choice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantTerms:
    """On what terms a variant is sold. Prices in minor units; `stock` None is not tracked."""

    title: str = ""
    sku: str = ""
    barcode: str = ""
    shelf: str = ""
    price_minor: int
    compare_at_minor: int | None = None
    is_digital: bool = False
    may_oversell: bool = False
    low_stock_at: int = 3
    weight_grams: int = 0


def write_product(
    text: ProductText, *, product: Product | None = None, import_key: str | None = None
) -> Product:
    """Write a new product as a draft, or change an existing one. Its old address goes on leading to it.

    Raises:
        Refused: the title gives no address, the address is taken, the cover is unknown, or a text is too long.
    """
    _check_lengths(text)
    if text.cover_pattern not in PATTERNS or not all(map(TONE.fullmatch, text.cover_tones)):
        raise Refused(
            _("Choose one of the patterns, and colours like #8c2f2b."), field="cover_pattern"
        )
    if product is None:
        product = Product(import_key=import_key, currency=text.currency)
        db.session.add(product)
    slug = slugify(text.slug or text.title)
    if not slug:
        raise Refused(_("Use Latin letters and digits for the web address."), field="slug")
    _move_to(product, slug)
    product.title = text.title
    product.subtitle = text.subtitle
    product.summary = text.summary
    product.description = text.description
    product.currency = text.currency
    product.cover_pattern = text.cover_pattern
    product.cover_tones = list(text.cover_tones)
    product.featured = text.featured
    product.tags = list(text.tags)
    product.vendor = text.vendor
    product.choice = text.choice
    try:
        db.session.flush()
    except IntegrityError:  # another editor was quicker
        raise Refused(_("Another product already has this web address."), field="slug") from None
    note_change(product)
    return product


def _check_lengths(text: ProductText) -> None:
    for field in ("title", "subtitle", "vendor"):
        if len(getattr(text, field)) > LONGEST_NAME:
            raise Refused(_("Use at most %(max)d characters.", max=LONGEST_NAME), field=field)
    if len(text.description) > markdown.MAX_ARTICLE:
        raise Refused(
            _("Use at most %(max)d characters.", max=markdown.MAX_ARTICLE), field="description"
        )


def _move_to(product: Product, slug: str) -> None:
    if product.slug == slug:
        return
    with db.session.no_autoflush:
        taken = db.session.scalar(select(Product.id).where(Product.slug == slug))
        if taken is not None and taken != product.id:
            raise Refused(_("Another product already has this web address."), field="slug")
        earlier = db.session.get(ProductAddress, slug)
        if earlier is not None:
            db.session.delete(earlier)
        if product.slug and product.id:
            db.session.add(ProductAddress(slug=product.slug, product_id=product.id))
    product.slug = slug


def write_variant(
    product: Product, terms: VariantTerms, *, variant: Variant | None = None
) -> Variant:
    """Add a variant to a product, or change its terms. Stock is changed by `catalog.stock.levels` alone.

    Raises:
        Refused: a price is negative or too large, or promised items would be missing without overselling.
    """
    for field, price in (("price", terms.price_minor), ("compare_at", terms.compare_at_minor or 0)):
        if not 0 <= price <= money.MAX_MINOR:
            raise Refused(_("Enter a price of zero or more."), field=field)
    if variant is None:
        variant = Variant(position=len(product.variants), may_oversell=terms.may_oversell)
        product.variants.append(variant)
    elif variant.may_oversell != terms.may_oversell:
        levels.allow_overselling(variant, allowed=terms.may_oversell)
    variant.title = terms.title
    variant.sku = terms.sku
    variant.barcode = terms.barcode
    variant.shelf = terms.shelf
    variant.price_minor = terms.price_minor
    variant.compare_at_minor = terms.compare_at_minor
    variant.is_digital = terms.is_digital
    variant.low_stock_at = terms.low_stock_at
    variant.weight_grams = terms.weight_grams
    db.session.flush()
    note_change(product)
    return variant


def require_own_names(product: Product, terms: VariantTerms, variant: Variant | None) -> None:
    """Make sure that what somebody types as name and SKU of a variant is no other's. What an import brought stays as it
    is until it is changed here: the import notes it, and drops nothing.

    Raises:
        Refused: another variant of the product has the name, or any other one the SKU; `field` says which.
    """
    if variant is None or terms.title != variant.title:
        _require_own_title(product, terms.title.casefold(), variant)
    if terms.sku and (variant is None or terms.sku != variant.sku):
        other = queries.variant_of_sku(terms.sku)
        if other is not None and other is not variant:
            raise Refused(
                _("“%(title)s” already has this SKU.", title=other.product.title), field="sku"
            )


def _require_own_title(product: Product, title: str, variant: Variant | None) -> None:
    if all(each is variant or each.title.casefold() != title for each in product.variants):
        return
    said = (
        _("Another variant of this product has this name.")
        if title
        else _("Another variant of this product has no name. Enter one.")
    )
    raise Refused(said, field="title")


def retire_variant(variant: Variant) -> None:
    """Sell a variant no longer. Its row stays, for the orders that hold it.

    Raises:
        Refused: it is the last one of a product that strangers see.
    """
    product = variant.product
    # Two editors at once would each see the other's variant still there.
    db.session.refresh(product, with_for_update={"of": Product})
    others = [each for each in product.variants if each is not variant and not each.is_retired]
    if product.is_published and not others:
        raise Refused(_("This is the last variant. Unpublish the product instead."))
    variant.is_retired = True
    note_change(product)


def revive_variant(variant: Variant) -> None:
    """Sell a retired variant again."""
    variant.is_retired = False
    note_change(variant.product)


def move_variant_up(variant: Variant) -> None:
    """Show a variant before the one that it is behind."""
    product = variant.product
    order = list(product.variants)
    place = order.index(variant)
    if place:
        order[place - 1 : place + 1] = [variant, order[place - 1]]
    for position, each in enumerate(order):
        each.position = position
    note_change(product)


def put_on_shelf(product: Product) -> None:
    """Let strangers see a product.

    Raises:
        Refused: there is nothing to buy.
    """
    if not any(not variant.is_retired for variant in product.variants):
        raise Refused(_("Add a variant with a price first."))
    product.state = ProductState.PUBLISHED
    note_change(product)


def take_off_shelf(product: Product) -> None:
    """Hide a product from strangers."""
    product.state = ProductState.DRAFT
    note_change(product)


def remove_product(product: Product) -> None:
    """Delete a product: its address answers 410. Orders that hold it stay as they are."""
    product.state = ProductState.REMOVED
    note_change(product)


def show_pictures(product: Product, numbers: Sequence[int], *, as_pages: bool = False) -> None:
    """Show these pictures of the library, in this order, instead of those before: beside the cover, or as pages to look
    inside. They are numbers of the library; one that was shown and has been deleted since may stay.

    Raises:
        Refused: one is not there; `field` is pictures or pages.
    """
    wanted = list(dict.fromkeys(numbers))[:MOST_PICTURES]
    before = {each.picture_id: each for each in product.pictures if each.is_page == as_pages}
    there = {each.id for each in drawable(wanted)} | before.keys()
    if set(wanted) - there:
        field = "pages" if as_pages else "pictures"
        raise Refused(_("There is no image with this number."), field=field)
    kept = [each for each in product.pictures if each.is_page != as_pages]
    for position, number in enumerate(wanted):
        shown = before.get(number) or ProductPicture(picture_id=number, is_page=as_pages)
        shown.position = position
        kept.append(shown)
    product.pictures = kept
    note_change(product)


def set_picture(product: Product, content: bytes | None) -> None:
    """Show a picture instead of the drawn cover; None goes back to the cover.

    Raises:
        Refused: it is not a picture that we can read, or too large.
    """
    product.image_key = images.keep_picture(content) if content is not None else None
    note_change(product)


def set_stock(
    variant: Variant, count: int | None, *, reason: str = "", by: int | None = None
) -> None:
    """Say how many there are; None stops tracking. See `stock.set_on_hand`."""
    levels.set_on_hand(variant, count, reason=reason, by=by)


def note_change(product: Product) -> None:
    """Forget the pages that show a product, and tell everyone that it changed."""
    product.updated_at = clock.now()
    purge(f"product:{product.id}", "catalog")
    publish(ProductChanged(product_id=product.id))
