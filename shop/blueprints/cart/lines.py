"""The lines of a cart as they are now: what each costs, what is left of it, and what has to be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from shop.blueprints.cart.models import Cart, CartItem
from shop.blueprints.cart.queries import WITH_PRODUCT
from shop.blueprints.cart.settings import CartSettings
from shop.blueprints.catalog import cards
from shop.blueprints.catalog import queries as catalog
from shop.blueprints.catalog.models import Product, Variant
from shop.core import settings
from shop.plugins.api import BasketLineView, db, format_money

COVER_WIDTH = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """A line as pages and the checkout need it. Amounts in minor units of the line's currency.

    `remaining` is what this cart could hold of the variant in all, None when nothing limits it. A line that does not
    fit has a `message` and is not `is_orderable`.
    """

    item_id: int
    variant_id: int
    product_id: int
    product_slug: str
    title: str
    variant_title: str
    sku: str
    url: str
    currency: str
    unit_price_minor: int
    quantity: int
    is_digital: bool
    weight_grams: int
    remaining: int | None
    message: str
    is_orderable: bool
    came_from: str = ""
    product: Product = field(repr=False, compare=False)

    @property
    def view(self) -> BasketLineView:
        """What plugins see of it."""
        return BasketLineView(
            product_id=self.product_id,
            variant_id=self.variant_id,
            title=self.title,
            variant_title=self.variant_title,
            sku=self.sku,
            url=self.url,
            unit_price_minor=self.unit_price_minor,
            quantity=self.quantity,
            is_digital=self.is_digital,
            is_orderable=self.is_orderable,
        )

    @property
    def cover_url(self) -> str:
        """The product's picture. Only pages look at it, so it is worked out there."""
        return cards.cover_url(self.product, COVER_WIDTH)

    @property
    def id(self) -> int:
        """The item, as the cart's forms name it."""
        return self.item_id

    @property
    def total_minor(self) -> int:
        """Price times quantity."""
        return self.unit_price_minor * self.quantity

    @property
    def total_text(self) -> str:
        """The line's total as people write it."""
        return format_money(self.total_minor, self.currency)

    @property
    def variant_text(self) -> str:
        """What tells this variant from its siblings."""
        return self.variant_title

    @property
    def facts_text(self) -> str:
        """What else a buyer wants to know of it."""
        return str(_("Instant download")) if self.is_digital else ""

    @property
    def each_text(self) -> str:
        """What one costs, where there are several."""
        if self.quantity == 1:
            return ""
        return str(_("%(price)s each", price=format_money(self.unit_price_minor, self.currency)))

    @property
    def quantity_is_fixed(self) -> bool:
        """Whether there is no quantity to change: nothing is left, or it is a download that nobody needs twice."""
        is_single = self.is_digital and self.remaining is None and self.quantity == 1
        return self.remaining == 0 or is_single


def lines_of(cart: Cart, messages: Mapping[int, str]) -> tuple[BasketLine, ...]:
    """The lines in the order in which they were put in. The first one's currency is the cart's.

    Args:
        messages: what a change just now led to, by item id; else a line says when it no longer fits.
    """
    items = db.session.scalars(
        select(CartItem)
        .where(CartItem.cart_id == cart.id)
        .order_by(CartItem.id)
        .options(WITH_PRODUCT)
        .execution_options(populate_existing=True)
    ).all()
    own = catalog.held(cart.held_as) if cart.held_as else {}
    currency = items[0].variant.product.currency if items else ""
    return tuple(_line(item, own.get(item.variant_id, 0), currency, messages) for item in items)


def _line(item: CartItem, own: int, currency: str, messages: Mapping[int, str]) -> BasketLine:
    variant = item.variant
    product = variant.product
    limit = capacity(variant, own)
    trouble = _trouble(item, limit, currency)
    return BasketLine(
        item_id=item.id,
        variant_id=variant.id,
        product_id=product.id,
        product_slug=product.slug,
        title=product.title,
        variant_title=variant.title,
        sku=variant.sku,
        url=f"/shop/{product.slug}",
        currency=product.currency,
        unit_price_minor=variant.price_minor,
        quantity=item.quantity,
        is_digital=variant.is_digital,
        weight_grams=variant.weight_grams,
        remaining=limit,
        message=messages.get(item.id) or trouble,
        is_orderable=not trouble,
        came_from=item.came_from,
        product=product,
    )


def capacity(variant: Variant, own: int = 0) -> int | None:
    """How many of a variant one cart may hold; None when nothing limits it. Of what is counted nobody takes all.

    Args:
        own: items that are reserved for this very cart.
    """
    return share_of(variant.remaining, own) if _is_for_sale(variant) else 0


def share_of(remaining: int | None, own: int = 0) -> int | None:
    """The same of a variant that is for sale and of which so many remain."""
    if remaining is None:
        return None
    return min(remaining + own, settings.current(CartSettings).most_of_variant)


def _is_for_sale(variant: Variant) -> bool:
    return variant.product.is_published and not variant.is_retired


def _trouble(item: CartItem, limit: int | None, currency: str) -> str:
    """Why a line can't be ordered as it is; nothing when it can."""
    if not _is_for_sale(item.variant):
        return str(_("This is no longer for sale. Remove it to continue."))
    if item.variant.product.currency != currency:
        return str(_("This is sold in another currency. Remove it and order it separately."))
    if limit is None or item.quantity <= limit:
        return ""
    if limit == 0:
        return str(_("This is now sold out. Remove it to continue."))
    return str(
        ngettext(
            "Only one is left. Reduce the quantity to continue.",
            "Only %(num)d are left. Reduce the quantity to continue.",
            limit,
        )
    )
