"""What plugins may know of an article, a product, an order and a visitor: frozen, and read when it is asked for.

A feature offers its read models by the hook `read_models`, so that whoever looks one up needs nothing of the feature.
A feature that is off has none: nothing is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TagView:
    """A subject of articles.

    Attributes:
        slug: its part of an address.
        name: what readers read.
    """

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article or a standing page, without its text.

    Attributes:
        id: never changes.
        slug: its part of the address; may change.
        kind: `article` or `page`.
        url: its whole address.
        title: plain text.
        excerpt: plain text: as it was written, or else how the text begins.
        author: a name; empty when there is none.
        published_at: in UTC; None of a draft.
        updated_at: in UTC.
        tags: the chief one first.
        related_guides: slugs of products.
        reading_minutes: one at least.
        is_public: whether a stranger may open its page now.
    """

    id: int
    slug: str
    kind: str
    url: str
    title: str
    excerpt: str
    author: str
    published_at: datetime | None
    updated_at: datetime
    tags: tuple[TagView, ...]
    related_guides: tuple[str, ...]
    reading_minutes: int
    is_public: bool


@dataclass(frozen=True, slots=True)
class VariantView:
    """What a buyer buys of a product.

    Attributes:
        id: never changes.
        title: tells it from the product's others; may be empty.
        sku: the owner's number of it; may be empty.
        price_minor: in minor units of the product's currency.
        is_digital: whether it is a download; anything else is shipped.
        is_available: whether one can be bought now.
        remaining: how many can be sold; None when nothing limits it.
    """

    id: int
    title: str
    sku: str
    price_minor: int
    is_digital: bool
    is_available: bool
    remaining: int | None


@dataclass(frozen=True, slots=True)
class ProductView:
    """Something that is, was or will be for sale.

    Attributes:
        id: never changes.
        slug: its part of the address; may change.
        url: its whole address.
        title: plain text.
        summary: plain text.
        currency: of all prices (ISO 4217, upper case).
        tags: subjects.
        variants: what can be chosen, without those that are sold no more.
        is_public: whether a stranger may open its page now.
        is_available: whether any variant can be bought now.
    """

    id: int
    slug: str
    url: str
    title: str
    summary: str
    currency: str
    tags: tuple[str, ...]
    variants: tuple[VariantView, ...]
    is_public: bool
    is_available: bool


@dataclass(frozen=True, slots=True)
class OrderLineView:
    """One thing that was ordered, as it was called and priced at that moment.

    Attributes:
        id: never changes.
        product_id: None when the product is there no more.
        variant_id: None when the variant is there no more.
        title: of the product.
        variant_title: of the variant; may be empty.
        sku: the owner's number of it; may be empty.
        unit_price_minor: the price of one, in minor units of the order's currency.
        quantity: how many.
        is_digital: whether it is a download.
    """

    id: int
    product_id: int | None
    variant_id: int | None
    title: str
    variant_title: str
    sku: str
    unit_price_minor: int
    quantity: int
    is_digital: bool


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order. It holds personal data: show it to its buyer and to staff alone.

    Attributes:
        id: never changes.
        number: names the order to people.
        email: of the buyer, lower case.
        name: of the buyer.
        account_id: of the buyer's account; None of a guest.
        currency: of all amounts (ISO 4217, upper case).
        total_minor: what was asked for, in minor units.
        refunded_minor: what has gone back of it.
        lines: what was ordered.
        placed_at: in UTC.
        paid_at: in UTC; None while it is not paid.
        is_paid: whether it has been paid for, handed over or not.
        is_cancelled: whether it came to nothing.
        is_erased: whether its buyer was forgotten: nobody can be written to.
    """

    id: int
    number: str
    email: str
    name: str
    account_id: int | None
    currency: str
    total_minor: int
    refunded_minor: int
    lines: tuple[OrderLineView, ...]
    placed_at: datetime
    paid_at: datetime | None
    is_paid: bool
    is_cancelled: bool
    is_erased: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in.

    Attributes:
        id: of the account.
        email: lower case.
        name: as the person wrote it.
        role: `owner`, `editor`, `bookkeeper`, `moderator`, `packer`, `author` or `buyer`.
        is_verified: whether mail to the address has reached the person. Until then what belongs to the address is not
            theirs.
    """

    id: int
    email: str
    name: str
    role: str
    is_verified: bool
