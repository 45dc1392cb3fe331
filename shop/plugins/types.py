"""What crosses the wall between the house and a plugin: frozen dataclasses and Protocols.

Plugins hand these over when the application starts; from then on they are ordinary typed objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from click import Command
from flask import Blueprint
from markupsafe import Markup

from shop.core.events import Event, Subscriber
from shop.core.jobs import JobKind, Periodic
from shop.core.mail import MailKind
from shop.core.search import SearchDocument
from shop.plugins.cart_rules import (
    CartFacts,
    CartFactsLine,
    CartRule,
    CartTerm,
    Discount,
    Objection,
    Question,
    ShippingOption,
    Tax,
)

__all__ = [
    "AdminSection",
    "CartFacts",
    "CartFactsLine",
    "CartRule",
    "CartTerm",
    "CheckoutCheck",
    "Command",
    "CommentCheck",
    "CommentDraft",
    "Directive",
    "Discount",
    "DisputeVerdict",
    "Event",
    "Evidence",
    "FeedEntry",
    "FeedSource",
    "HealthCheck",
    "ImportReport",
    "Importer",
    "JobKind",
    "MailKind",
    "NavigationItem",
    "NavigationSource",
    "Objection",
    "PaymentLine",
    "PaymentProvider",
    "PaymentRequest",
    "PaymentStarted",
    "PaymentVerdict",
    "Periodic",
    "Permission",
    "PersonalData",
    "Plugin",
    "Question",
    "RefundVerdict",
    "Refusal",
    "SearchDocument",
    "SearchSource",
    "ShippingOption",
    "Sitemap",
    "Slot",
    "Subscriber",
    "Tax",
    "WebhookForged",
    "WebhookNotice",
]


@dataclass(frozen=True, slots=True)
class Plugin:
    """Who a plugin is. Its module is called `plugin` and has this as `PLUGIN`.

    Args:
        name: lower case, unique; also the namespace of its settings.
        title: shown to the owner.
        requires: names of plugins without which it can't work; where one is off, so is this.
        settings: a frozen dataclass of `shop.core.settings.setting` fields, or None.
    """

    name: str
    title: str
    requires: tuple[str, ...] = ()
    settings: type[Any] | None = None


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A link in a menu. `place` is primary, footer or account (a person's own pages); lower `order` comes first."""

    place: str
    label: str
    endpoint: str
    order: int = 100
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NavigationSource:
    """Links of menus that change while the site runs; every page asks.

    `items` must be cheap (`shop.core.remembered`), work while the database is away, and say with `made_of` what
    changes them. When it fails, the menu lacks these links.
    """

    items: Callable[[], Iterable[NavigationItem]]


@dataclass(frozen=True, slots=True)
class Slot:
    """Something drawn at a named point of a page (`shop.plugins.slots.POINTS`).

    `context` gets the point's arguments by keyword and returns what the template needs, or None to draw nothing.
    A template and not HTML, so that escaping stays with the template engine.
    """

    point: str
    template: str
    context: Callable[..., Mapping[str, Any] | None]
    order: int = 100


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that staff may do. `roles` have it unless the owner decides otherwise; the owner has all."""

    name: str
    label: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class AdminSection:
    """Back-office pages: a blueprint that is mounted at `/admin/<name>`, gated by one permission.

    `endpoint` is the blueprint's first page, without a dot in front. `count` shows work that waits.
    `group` is one of write, talk, sell, house.
    """

    name: str
    label: str
    group: str
    permission: str
    blueprint: Blueprint
    endpoint: str = "index"
    order: int = 100
    count: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True)
class Directive:
    """Draws `::name[argument]` standing alone on a line of an article.

    `context` returns what the template needs, or None: then nothing is drawn.
    """

    name: str
    template: str
    context: Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of the feeds. `path` is on this site; moments in UTC; `html` was cleaned and stands on its own.

    `id` never changes, whatever becomes of the title or the path (RFC 4287, 4.2.6).
    """

    id: str
    path: str
    title: str
    summary: str
    html: str
    author: str
    published_at: datetime
    updated_at: datetime
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedSource:
    """Entries for `/feed.xml` and `/feed.json`: the newest first, at most as many as asked for."""

    name: str
    entries: Callable[[int], Iterable[FeedEntry]]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Pages for `/sitemap.xml`: path and last change (UTC) of each. `entries` says with `made_of` what changes them."""

    name: str
    entries: Callable[[], Iterable[tuple[str, datetime]]]


@dataclass(frozen=True, slots=True)
class SearchSource:
    """A kind of page that can be searched; `documents` yields all, for building the index anew."""

    name: str
    label: str
    documents: Callable[[], Iterable[SearchDocument]]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What a feature keeps about a person, known by a verified e-mail address."""

    name: str
    label: str
    export: Callable[[str], Sequence[Mapping[str, Any]]]
    erase: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One line of `shop doctor` and `/readyz`. Returns what is well; raises with what is wrong and how to mend it."""

    name: str
    check: Callable[[], str]
    is_vital: bool = False


@dataclass(slots=True)
class ImportReport:
    """What became of each row read. Nothing is dropped in silence: read = imported + unchanged + refused.

    `notes` say what came in otherwise than it was. `progress` is called after each row.
    """

    imported: int = 0
    unchanged: int = 0
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    progress: Callable[[ImportReport], None] = field(default=lambda _report: None, repr=False)

    @property
    def read(self) -> int:
        """Rows seen."""
        return self.imported + self.unchanged + len(self.refusals)

    def accept(self, *, is_new: bool, rows: int = 1) -> None:
        """Count rows that are there now: imported when they are new, else unchanged."""
        if is_new:
            self.imported += rows
        else:
            self.unchanged += rows
        self.progress(self)

    def refuse(self, row: str, reason: str) -> None:
        """Note a row that could not come in, and why."""
        self.refusals.append(f"{row}: {reason}")
        self.progress(self)

    def note(self, row: str, remark: str) -> None:
        """Note what of an imported row is different here."""
        self.notes.append(f"{row}: {remark}")


@dataclass(frozen=True, slots=True)
class Importer:
    """`shop import <name> FILE`.

    `run(file, report, **options)` gets the file's path, a report to fill, and by keyword what the further click
    parameters in `options` say. It brings rows in by short units of work, so that the site can go on writing
    meanwhile, and knows rows that it brought in before; a dry run puts one unit around everything and rolls it back.
    Raises `Refused` for a file that is no use as a whole, before anything is written.
    """

    name: str
    title: str
    run: Callable[..., None]
    options: tuple[Any, ...] = ()


# Comments


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """A comment before it is judged. `address_key` is a keyed hash of the network address.

    `url` is its author's page where an importer brings one; the form asks for none. `comment_id` is there when a stored
    comment is judged again, so that no check takes the comment for another one like it.
    """

    article_id: int
    author: str
    email: str
    body: str
    parent_id: int | None
    address_key: str
    seconds_to_write: float | None
    honeypot: str
    network_key: str = ""
    url: str = ""
    comment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or against a comment, in words for a moderator. Points above zero speak against it.

    `is_conclusive` evidence refuses outright: only for facts (a filled honeypot), never for a model's opinion.
    Evidence that `holds` sends the comment to a person, however few its points (a link, a telephone number). `hint`
    tells the commenter so, in kind words, where honest people do the same.
    """

    reason: str
    points: int
    is_conclusive: bool = False
    holds: bool = False
    hint: str = ""


class CommentCheck(Protocol):
    """A way to judge a new comment. Evidence adds up; a check that fails sends the comment to a person."""

    name: str

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """What speaks for or against this comment."""


# Checkout and payment


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a checkout can't go on, in words for the buyer."""

    message: str


class CheckoutCheck(Protocol):
    """Looks at an order before payment starts. A check that fails refuses: nothing is sold on an error."""

    name: str

    def check(self, *, email: str, total_minor: int, currency: str) -> Refusal | None:
        """None when all is well."""


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One line of what is paid for; `unit_minor` in minor units."""

    title: str
    unit_minor: int
    quantity: int


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What is to be paid. Amounts in minor units; `expires_at` (UTC) is when our reservation of the stock ends.

    `amount_minor` is what is charged: the lines, less the discount, plus shipping, plus tax that prices do not include.
    `discount_label` and `shipping_label` say in the buyer's words what these amounts are.
    `idempotency_key` is stored with the payment: starting twice with the same key starts one payment. `started_at`
    (UTC) is when we first tried; a request that is repeated says the same in every field.
    The buyer comes back to `return_url` after paying or failing, to `cancel_url` when they changed their mind.
    """

    order_token: str
    order_number: str
    amount_minor: int
    currency: str
    email: str
    lines: tuple[PaymentLine, ...]
    shipping_minor: int
    tax_minor: int
    expires_at: datetime
    idempotency_key: str
    return_url: str
    cancel_url: str
    locale: str = "en"
    discount_minor: int = 0
    discount_label: str = ""
    shipping_label: str = ""
    needs_shipping: bool = False
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentStarted:
    """The provider knows the payment as `reference`; the buyer goes on at `redirect_url`."""

    reference: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class PaymentVerdict:
    """What a provider says of a payment. *Open* may still become anything; the others are final.

    Amount and currency are what was really charged: an order is only paid when they match it.
    `reason` says in words why a payment failed. `idempotency_key` is the key under which it was begun, where the
    provider knows it: a payment that was begun for another order pays nothing. An open payment *is under way* when the
    buyer has done everything and a bank takes its time: it can't be ended any more. `declines` counts the cards that
    were refused so far.
    """

    reference: str
    state: Literal["open", "paid", "failed", "expired"]
    amount_minor: int = 0
    currency: str = ""
    reason: str = ""
    idempotency_key: str = ""
    is_under_way: bool = False
    declines: int = 0


@dataclass(frozen=True, slots=True)
class RefundVerdict:
    """What a provider says of a refund: `reference` is its name there, `payment_reference` that of the payment.

    *Pending* may still become anything; a *failed* one moved no money, `reason` says in words why. A refund of our
    payment that somebody asked for in the provider's own back office is told in the same way.
    """

    reference: str
    payment_reference: str
    state: Literal["pending", "done", "failed"]
    amount_minor: int
    currency: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DisputeVerdict:
    """What a provider says of a dispute (chargeback): the buyer's bank wants the money back.

    While it is *open* the bank holds the money; *won* gives it back to us, *lost* to the buyer. `respond_by` (UTC) is
    until when it may be answered, at the provider.
    """

    reference: str
    payment_reference: str
    state: Literal["open", "won", "lost"]
    amount_minor: int
    currency: str
    reason: str = ""
    respond_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """A genuine message of a provider: something happened to a payment, a refund or a dispute.

    `reference` names the thing it is `about`. It is only a reason to look that up; nothing in it is believed.
    `event_id` is the same in repeats.
    """

    event_id: str
    kind: str
    reference: str
    about: Literal["payment", "refund", "dispute"] = "payment"


class WebhookForged(Exception):
    """A webhook was not signed by its provider, is stale, or is dated in the future: the answer is 400."""


class PaymentProvider(Protocol):
    """A way to pay. Every method may be called again, and may raise when the provider can't be reached."""

    name: str

    @property
    def label(self) -> str:
        """What buyers choose."""

    @property
    def form_targets(self) -> tuple[str, ...]:
        """Origins that the checkout's redirect may lead to, for the Content-Security-Policy."""

    def is_offered(self) -> bool:
        """Whether buyers may choose it now: it is configured, and meant for this site."""

    def start(self, payment: PaymentRequest) -> PaymentStarted:
        """Begin a payment. On an error this method is hidden and the others are offered."""

    def look_up(self, reference: str) -> PaymentVerdict:
        """Ask the provider what became of a payment."""

    def expire(self, reference: str) -> None:
        """End an open payment, because the cart changed or the reservation ended; one that ended is left alone."""

    def refund(
        self,
        reference: str,
        *,
        amount_minor: int,
        currency: str,
        idempotency_key: str,
        reason: str,
    ) -> RefundVerdict:
        """Give money of the paid payment `reference` back; the same key gives it back once.

        Raises:
            Refused: it will never be possible (more than was paid): the amount, the payment or the method is wrong.
        """

    def look_up_refund(self, reference: str) -> RefundVerdict:
        """Ask the provider what became of a refund."""

    def look_up_dispute(self, reference: str) -> DisputeVerdict:
        """Ask the provider where a dispute stands."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice | None:
        """Verify a message at `/webhooks/<name>` on its raw body; None for one that concerns no payment of ours.

        Raises:
            WebhookForged: it is not from the provider, or not of now.
        """


@dataclass(frozen=True, slots=True)
class Theme:
    """Templates and static files that go before ours: `templates` is a folder laid out like `shop/templates`."""

    name: str
    title: str
    templates: Path


TemplateFilter = Callable[..., str | Markup]
