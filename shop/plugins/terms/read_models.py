"""What plugins may know of an article, a product, an order, a cart and a visitor: frozen, and read when it is needed.

Slots get them, and so does whatever else is asked about one of these things. A feature offers its read models by the
hook `read_models`, so that whoever looks one up needs nothing of the feature. A feature that is off has none: nothing
is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup


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
        node_id: the `@id` of its node in the structured data of its page.
        language: the tag of the language that it is in, such as `de`.
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
    node_id: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What everyone may read of an article that is public: all of it, or how it begins where it is behind a gate.

    Attributes:
        article: whose text it is.
        html: cleaned, with whole addresses, without what directives draw.
    """

    article: ArticleView
    html: Markup


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment. It holds personal data: show the address to staff alone.

    Attributes:
        id: never changes.
        article_id: the article below which it stands.
        parent_id: the comment that it answers.
        url: leads to it while readers see it.
        author: the name that was typed; empty once it is erased.
        email: the address that was typed, lower case; nobody has confirmed that it is theirs.
        body: the text, in Markdown.
        state: `waiting`, `approved`, `spam`, `rejected` or `erased`.
        is_staff: whether somebody wrote it who works on the site.
        posted_at: in UTC.
        found_by: names of the checks that speak against it.
    """

    id: int
    article_id: int
    parent_id: int | None
    url: str
    author: str
    email: str
    body: str
    state: str
    is_staff: bool
    posted_at: datetime
    found_by: frozenset[str]


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
        node_id: the `@id` of its node in the structured data of its page.
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
    node_id: str


@dataclass(frozen=True, slots=True)
class VariantChoice:
    """A variant as one of several to choose from in a card.

    Attributes:
        id: never changes.
        text: its title, its price and a note on its stock.
        is_available: whether one can be bought now.
    """

    id: int
    text: str
    is_available: bool


@dataclass(frozen=True, slots=True)
class Guide:
    """A product as cards draw it, in the words of the page.

    Attributes:
        title: plain text.
        summary: plain text.
        url: the path of its page, with the article that leads there where there is one.
        cover_url: the path of its picture.
        price_text: what it costs, as people write it.
        compare_at_text: what it cost before; may be empty.
        stock_note: how many are left; may be empty.
        variant_id: where only one variant can be meant; else None.
        is_available: whether any variant can be bought now.
        kind_text: whether it is a download; may be empty.
        came_from: the slug of the article that the card is in, or empty.
        variants: what can be chosen where there are several.
    """

    title: str
    summary: str
    url: str
    cover_url: str
    price_text: str
    compare_at_text: str
    stock_note: str
    variant_id: int | None
    is_available: bool
    kind_text: str
    came_from: str = ""
    variants: tuple[VariantChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class BasketLineView:
    """One line of a cart.

    Attributes:
        product_id: never changes.
        variant_id: what is bought.
        title: of the product.
        variant_title: of the variant; may be empty.
        sku: the owner's number of it; may be empty.
        url: the path of the product's page.
        unit_price_minor: the price of one, in minor units of the cart's currency.
        quantity: how many.
        is_digital: whether it is a download; anything else is shipped.
        is_orderable: whether so many can be ordered now.
    """

    product_id: int
    variant_id: int
    title: str
    variant_title: str
    sku: str
    url: str
    unit_price_minor: int
    quantity: int
    is_digital: bool
    is_orderable: bool


@dataclass(frozen=True, slots=True)
class BasketView:
    """What is in a visitor's cart, and what it costs.

    Attributes:
        cart_id: None for a visitor without a cart.
        lines: what is in it.
        currency: of all amounts (ISO 4217, upper case).
        code: what was typed to pay less; may be empty.
        note: what the buyer wrote to the seller; may be empty.
        subtotal_minor: the sum of the lines that can be ordered, in minor units.
        total_minor: what is to be paid, as far as it is known by now.
        is_orderable: whether it can be checked out as it is.
    """

    cart_id: int | None
    lines: tuple[BasketLineView, ...]
    currency: str
    code: str
    note: str
    subtotal_minor: int
    total_minor: int
    is_orderable: bool


DESCRIBED = (ArticleView, ProductView)
"""What has a page that search engines read."""


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
        token: names its page: whoever knows it may see the order.
        url: the whole address of its page, with the token.
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
    token: str
    url: str
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
class Purchases:
    """What somebody has bought: paid for, and not refunded in full.

    Attributes:
        email: of the buyer, lower case.
        product_ids: of the products.
    """

    email: str
    product_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail that is about to be stored and sent.

    Attributes:
        kind: the name of its `MailKind`, such as `order-confirmation`.
        recipient: the address that it goes to.
        subject: as it is sent.
        about: the order that it tells of, where it tells of one.
    """

    kind: str
    recipient: str
    subject: str
    about: OrderView | None


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
