"""Questions about carts: what lies in one, what it costs, and what no longer fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from shop.blueprints.cart.models import Cart, CartItem
from shop.blueprints.cart.quotes import Quote
from shop.blueprints.catalog import cards
from shop.blueprints.catalog import queries as catalog
from shop.blueprints.catalog.models import Product, Variant
from shop.core.errors import NotFound
from shop.core.money import format_money
from shop.core.site import site
from shop.extensions import db

COVER_WIDTH = 320

# The siblings of a variant are of no interest here.
_WITH_PRODUCT = (
    joinedload(CartItem.variant).joinedload(Variant.product).options(lazyload(Product.variants))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """A line as pages and the checkout need it. Amounts in minor units of the cart's currency.

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
    cover_url: str
    currency: str
    unit_price_minor: int
    quantity: int
    is_digital: bool
    weight_grams: int
    remaining: int | None
    message: str
    is_orderable: bool
    came_from: str = ""

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
    def quantity_is_fixed(self) -> bool:
        """Whether the quantity can't be changed: nothing of it is left."""
        return self.remaining == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CartContents:
    """What lies in a cart. `announcement` is said aloud after a change; `note_error` is what is wrong with the note.

    `code` is the code that it has, `typed_code` one that was typed just now and refused, for the reason `code_error`.
    `held_as` is the reference of the order that it has placed. `quote` is there once its price has been worked out.
    """

    lines: tuple[CartLine, ...] = ()
    currency: str
    note: str = ""
    note_error: str = ""
    announcement: str = ""
    code: str = ""
    typed_code: str = ""
    code_error: str = ""
    takes_codes: bool = False
    held_as: str = ""
    quote: Quote | None = None

    @property
    def subtotal_minor(self) -> int:
        """The sum of the lines that can be ordered."""
        return sum(line.total_minor for line in self.lines if line.is_orderable)

    @property
    def subtotal_text(self) -> str:
        """The sum as people write it."""
        return format_money(self.subtotal_minor, self.currency)

    @property
    def needs_address(self) -> bool:
        """Whether anything has to be sent."""
        return any(not line.is_digital for line in self.lines)

    @property
    def is_orderable(self) -> bool:
        """Whether it can be checked out as it is."""
        return bool(self.lines) and all(line.is_orderable for line in self.lines)

    @property
    def fine_print(self) -> str:
        """What the sum holds, and what it does not. Of tax nothing, where no rule knows: the owner's words do."""
        adds_tax = self.quote is not None and self.quote.adds_tax
        has_tax = self.quote is not None and self.quote.settles_tax and not adds_tax
        if self.needs_address and adds_tax:
            return str(_("Tax and shipping are worked out at checkout."))
        if self.needs_address and has_tax:
            return str(_("Tax included. Shipping is worked out at checkout."))
        if self.needs_address:
            return str(_("Shipping is worked out at checkout."))
        if adds_tax:
            return str(_("Tax is worked out at checkout."))
        return str(_("Tax included.")) if has_tax else ""

    @property
    def count(self) -> int:
        """How many pieces lie in it."""
        return sum(line.quantity for line in self.lines)


def cart_by_token(token: str) -> Cart | None:
    """The cart behind a cookie."""
    return db.session.scalar(select(Cart).where(Cart.token == token))


def untouched_since(moment: datetime, *, limit: int) -> Sequence[int]:
    """Carts that nobody has touched since a moment (UTC), the oldest first."""
    return db.session.scalars(
        select(Cart.id).where(Cart.updated_at < moment).order_by(Cart.updated_at).limit(limit)
    ).all()


def currencies(cart: Cart) -> Sequence[str]:
    """The currency of each line."""
    return db.session.scalars(
        select(Product.currency)
        .join(Variant, Variant.product_id == Product.id)
        .join(CartItem, CartItem.variant_id == Variant.id)
        .where(CartItem.cart_id == cart.id)
    ).all()


def contents(
    cart: Cart | None, *, messages: Mapping[int, str] | None = None, announcement: str = ""
) -> CartContents:
    """What lies in a cart, with what has to be said of each line.

    Args:
        messages: what a change just now led to, by item id; else a line says when it no longer fits.
    """
    if cart is None:
        return CartContents(currency=site().currency, announcement=announcement)
    items = db.session.scalars(
        select(CartItem)
        .where(CartItem.cart_id == cart.id)
        .order_by(CartItem.id)
        .options(_WITH_PRODUCT)
        .execution_options(populate_existing=True)
    ).all()
    own = catalog.held(cart.held_as) if cart.held_as else {}
    currency = items[0].variant.product.currency if items else site().currency
    lines = tuple(
        _line(item, own.get(item.variant_id, 0), currency, messages or {}) for item in items
    )
    return CartContents(
        lines=lines,
        currency=currency,
        note=cart.note,
        announcement=announcement,
        code=cart.code,
        held_as=cart.held_as or "",
    )


def _line(item: CartItem, own: int, currency: str, messages: Mapping[int, str]) -> CartLine:
    variant = item.variant
    product = variant.product
    limit = capacity(variant, own)
    trouble = _trouble(item, limit, currency)
    return CartLine(
        item_id=item.id,
        variant_id=variant.id,
        product_id=product.id,
        product_slug=product.slug,
        title=product.title,
        variant_title=variant.title,
        sku=variant.sku,
        url=f"/shop/{product.slug}",
        cover_url=cards.cover_url(product, COVER_WIDTH),
        currency=product.currency,
        unit_price_minor=variant.price_minor,
        quantity=item.quantity,
        is_digital=variant.is_digital,
        weight_grams=variant.weight_grams,
        remaining=limit,
        message=messages.get(item.id) or trouble,
        is_orderable=not trouble,
        came_from=item.came_from,
    )


def capacity(variant: Variant, own: int = 0) -> int | None:
    """How many of a variant one cart may hold; None when nothing limits it.

    Args:
        own: pieces that are reserved for this very cart.
    """
    if not _is_for_sale(variant):
        return 0
    return None if variant.remaining is None else variant.remaining + own


def _is_for_sale(variant: Variant) -> bool:
    return variant.product.is_published and not variant.is_retired


def _trouble(item: CartItem, limit: int | None, currency: str) -> str:
    """Why a line can't be ordered as it is; nothing when it can."""
    if not _is_for_sale(item.variant):
        return str(_("This is no longer for sale. Remove it to go on."))
    if item.variant.product.currency != currency:
        return str(_("This is sold in another currency. Remove it, and order it by itself."))
    if limit is None or item.quantity <= limit:
        return ""
    if limit == 0:
        return str(_("This has sold out meanwhile. Remove it to go on."))
    return str(
        ngettext(
            "Only one is left. Lower the quantity to go on.",
            "Only %(num)d are left. Lower the quantity to go on.",
            limit,
        )
    )


def item_of(cart: Cart, item_id: int) -> CartItem:
    """A line of this cart, as it is now.

    Raises:
        NotFound: there is none, or it is another cart's.
    """
    item = db.session.scalar(
        select(CartItem)
        .where(CartItem.id == item_id, CartItem.cart_id == cart.id)
        .options(_WITH_PRODUCT)
        .execution_options(populate_existing=True)
    )
    if item is None:
        raise NotFound
    return item
