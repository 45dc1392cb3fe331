"""Types that plugins hand over: frozen dataclasses and Protocols.

Plugins hand these over when the application starts; from then on they are ordinary typed objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from click import Command
from flask import Blueprint
from markupsafe import Markup
from sqlalchemy import Select

from shop.core.events import AnySubscriber, Event, Subscriber
from shop.core.jobs import JobKind, Lane, Periodic
from shop.core.mail import MailKind
from shop.core.search import SearchDocument
from shop.plugins.terms.cart_rules import (
    CartFacts,
    CartFactsLine,
    CartRule,
    CartTerm,
    Discount,
    LimitedCartRule,
    Objection,
    Percent,
    Question,
    ShippingOption,
    Tax,
)
from shop.plugins.terms.comment_checks import CommentCheck, CommentDraft, Evidence
from shop.plugins.terms.exports import ExportPart
from shop.plugins.terms.imports import Importer, ImportReport
from shop.plugins.terms.mail_transports import MailTransportKind
from shop.plugins.terms.order_extensions import (
    OrderAction,
    OrderExtension,
    OrderSituation,
    TimelineEntry,
)
from shop.plugins.terms.payments import (
    CheckoutCheck,
    DisputeVerdict,
    PaymentLine,
    PaymentProvider,
    PaymentRequest,
    PaymentStarted,
    PaymentVerdict,
    RefundVerdict,
    Refusal,
    WebhookForged,
    WebhookNotice,
)
from shop.plugins.terms.read_models import ArticleView, BasketView, Visitor
from shop.plugins.terms.text_verdicts import TextJudge, TextVerdict, WrittenText

__all__ = [
    "AdminAction",
    "AdminFound",
    "AdminSection",
    "AnySubscriber",
    "ArticleGate",
    "Asset",
    "BodyFilter",
    "CartFacts",
    "CartFactsLine",
    "CartRule",
    "CartTerm",
    "CheckoutCheck",
    "Command",
    "CommentCheck",
    "CommentDraft",
    "CustomFields",
    "Directive",
    "Discount",
    "DisputeVerdict",
    "Event",
    "Evidence",
    "ExportPart",
    "FeedEntry",
    "FeedSource",
    "HealthCheck",
    "ImportReport",
    "Importer",
    "JobKind",
    "LimitedCartRule",
    "MailKind",
    "MailTransportKind",
    "NavigationItem",
    "NavigationSource",
    "Objection",
    "OrderAction",
    "OrderExtension",
    "OrderSituation",
    "PaymentLine",
    "PaymentProvider",
    "PaymentRequest",
    "PaymentStarted",
    "PaymentVerdict",
    "Percent",
    "Periodic",
    "Permission",
    "PersonalData",
    "Plugin",
    "Question",
    "ReadModel",
    "RefundVerdict",
    "Refusal",
    "SearchDocument",
    "SearchEngine",
    "SearchSource",
    "ShippingOption",
    "Sitemap",
    "Slot",
    "StructuredData",
    "Subscriber",
    "Tax",
    "TemplateFilter",
    "TextJudge",
    "TextVerdict",
    "Theme",
    "TimelineEntry",
    "WebhookForged",
    "WebhookNotice",
    "WrittenText",
]


@dataclass(frozen=True, slots=True)
class Plugin:
    """Who a plugin is. Its module is called `plugin` and has this as `PLUGIN`.

    Attributes:
        name: lower case, unique; also the namespace of its settings.
        title: shown to the owner.
        requires: names of plugins without which it can't work. A feature that ships is off where one of those is;
            a plugin of a third party stops the start.
        settings: a frozen dataclass of `setting(...)` fields, or None.
        lane: where the jobs of a feature that ships wait; by default in the usual one. Those of all other plugins
            wait in the lane for plugins.
        api: which versions of `shop.plugins.api` it works with, e.g. `>=1,<2` (PEP 440); empty for any.
    """

    name: str
    title: str
    requires: tuple[str, ...] = ()
    settings: type[Any] | None = None
    lane: Lane | None = None
    api: str = ""


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A link in a menu.

    Attributes:
        place: `primary` (the banner), `footer`, `account` (a person's own pages: a buyer who signs in lands on the
            first of them) or `staff` (in no menu: whoever works on the site lands on the first after signing in).
        label: what people read.
        endpoint: of the page that it leads to, e.g. `marginalia.index`.
        order: a lower one comes first.
        values: arguments of the address.
    """

    place: str
    label: str
    endpoint: str
    order: int = 100
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NavigationSource:
    """Links of menus that change while the site runs.

    Attributes:
        items: gives the links of all menus. Every page asks, so it must be cheap and work while the database is away
            (`current_settings` is both); it says with `made_of` what changes them.
    """

    items: Callable[[], Iterable[NavigationItem]]


@dataclass(frozen=True, slots=True)
class Slot:
    """Something drawn at a named point of a page. A template and not HTML, so that what it shows is escaped.

    Attributes:
        point: where: one of the points listed in this manual.
        template: its name, in the template folder of one of your blueprints.
        context: gets the point's arguments by keyword and returns what the template needs; None draws nothing.
        order: a lower one comes first.
    """

    point: str
    template: str
    context: Callable[..., Mapping[str, Any] | None]
    order: int = 100


@dataclass(frozen=True, slots=True)
class Asset:
    """A style sheet or a script, served under a name that changes with its content, so that browsers keep it forever.

    A template says `{{ needs("marginalia.css") }}` where it is drawn: of a slot, a directive or a page of yours. Pages
    on which it is not drawn do not load it.

    Attributes:
        name: unique; ends with `.css` or `.js`. A script is loaded as a module.
        files: what it is made of, in this order.
    """

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that staff may do.

    Attributes:
        name: `<plugin>.<verb>`, unique.
        label: shown to the owner.
        roles: who may: any of `author`, `editor`, `moderator`, `packer`, `bookkeeper` and `buyer`. The owner may do
            everything.
        comes_with: names of wider permissions: whoever has one of them may do this too.
        can_be_given: whether the owner can give it to single people beyond their role.
    """

    name: str
    label: str
    roles: frozenset[str]
    comes_with: tuple[str, ...] = ()
    can_be_given: bool = True


@dataclass(frozen=True, slots=True)
class AdminFound:
    """A thing that the search of the admin (Ctrl K) finds.

    Attributes:
        title: what staff know it by.
        url: the page of the admin where it is looked at or changed.
        note: a few words that tell it from others, such as its state.
    """

    title: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AdminAction:
    """Something to do that the search of the admin (Ctrl K) offers.

    Attributes:
        label: begins with what is done, such as “New article”.
        endpoint: the page where it is done: its name in the section's blueprint, without a dot in front.
    """

    label: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class AdminSection:
    """Pages of the admin: a blueprint that is mounted at `/admin/<name>`, behind one permission.

    Attributes:
        name: part of the address, unique; the blueprint's endpoints become `admin.<name>.<view>`.
        label: the link in the sidebar.
        group: the heading above it: `write`, `talk`, `sell` or `house`.
        permission: the name of a declared `Permission`; nobody without it reaches any page of the section.
        blueprint: the pages, without a prefix of their own.
        endpoint: the name of its first page, without a dot in front.
        order: a lower one comes first.
        count: how much work waits; shown beside the link. None where there is nothing to count. Better than a number is
            a query for one, `select(func.count())…`: all sections are asked at once, on every page of the admin.
        within: the name of another section whose address these pages share. They are mounted at `/admin/<within>`,
            beside its own, their endpoints stay `admin.<name>.<view>`, and there is no link in the sidebar.
        proof: what staff show their password again for, unless they did within the last 15 minutes: `change` (any
            POST), `enter` (every page), or nothing.
        find: gets what somebody typed (100 characters at most) and how many things are wanted; gives those of the
            section that have it as a part of a name, title, number or address.
        actions: what can be done here.
    """

    name: str
    label: str
    group: str
    permission: str
    blueprint: Blueprint
    endpoint: str = "index"
    order: int = 100
    count: Callable[[], int | Select[int]] | None = None
    within: str = ""
    proof: Literal["", "change", "enter"] = ""
    find: Callable[[str, int], Iterable[AdminFound]] | None = None
    actions: Sequence[AdminAction] = ()


@dataclass(frozen=True, slots=True)
class Directive:
    """Draws `::name[argument]` standing alone on a line of an article, or what is between two lines.

    Attributes:
        name: lower case letters and hyphens, 31 at most, unique.
        template: its name, in the template folder of one of your blueprints.
        context: gets the argument (200 characters at most) and returns what the template needs; None draws nothing.
            With `has_body` it gets the text between the lines as well, as HTML that is safe to show; None leaves that
            text as it is.
        has_body: it is written as a line `::: name[argument]`, any text, and a line `:::`. The argument may be left
            out. One may stand within another that begins and ends with more colons.
        help: what it draws, in a few words: writers read it below the text.
        argument: what the help shows as an argument, such as `web-address`.
        plain: the name of a template of plain HTML for feeds and letters, where our styles and scripts are missing; it
            gets what `template` gets. Without one a line draws nothing there, and a block is its text.
        find: gets what a writer typed to find something, and returns what can be shown, the best first, as pairs of a
            label and an argument; the editor puts the chosen one into the text. None where nothing can be searched for.
    """

    name: str
    template: str
    context: Callable[..., Mapping[str, Any] | None]
    has_body: bool = False
    help: str = ""
    argument: str = ""
    plain: str = ""
    find: Callable[[str], Iterable[tuple[str, str]]] | None = None


@dataclass(frozen=True, slots=True)
class BodyFilter:
    """Changes the text of articles, after Markdown was made into HTML and before directives are drawn.

    Attributes:
        name: unique.
        change: gets the HTML and gives it back changed. What articles may not hold is taken out afterwards: scripts,
            styles, classes. A paragraph of 32 digits holds the place of a directive, and has to stay. It says with
            `made_of` what changes its answer.
        order: a lower one comes first.
    """

    name: str
    change: Callable[[str], str]
    order: int = 100


@dataclass(frozen=True, slots=True)
class CustomFields:
    """Fields of a plugin's own on products, articles or orders. Staff fill them in, in our forms; or buyers do.

    Attributes:
        name: unique, of lower case letters, digits and `_`; stored with the values.
        on: what has them: `ProductView`, `ArticleView` or `OrderView`.
        fields: a frozen dataclass of `custom_field(...)` fields.
        title: the heading above them.
        is_asked_at_checkout: of an order: the buyer is asked, at the checkout, and sees the answers on the order's page
            and in its confirmation. They are part of the order, and erased with its buyer's name.
        is_wanted: gets a cart, and says whether its buyer is asked; None for always.
        order: a lower one comes first.
    """

    name: str
    on: type[Any]
    fields: type[Any]
    title: str
    is_asked_at_checkout: bool = False
    is_wanted: Callable[[BasketView], bool] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class ArticleGate:
    """Lets some readers in to the whole of an article; everyone else reads how it begins.

    An editor puts an article behind a gate, in its form. A gate that is not there any more lets nobody in.

    Attributes:
        name: unique; stored with each article.
        label: what editors choose, such as `Members`.
        lets_in: gets the article and who asks, None for somebody who is not signed in, and says whether they may read
            all of it. It is asked on a page for one visitor, so it may ask the database, and the request.
        template: its name, in the template folder of one of your blueprints: what the article's page shows below its
            beginning. That page is the same for everyone, and has a link to the whole article already.
        context: gets the article and returns what the template needs; it says with `made_of` what changes it.
    """

    name: str
    label: str
    lets_in: Callable[[ArticleView, Visitor | None], bool]
    template: str
    context: Callable[[ArticleView], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of the feeds.

    Attributes:
        id: never changes, whatever becomes of the title or the path (RFC 4287, 4.2.6).
        path: of its page on this site, beginning with `/`.
        title: plain text.
        summary: plain text.
        html: the whole text, cleaned; it stands on its own, with absolute links.
        author: a name; empty when there is none.
        published_at: in UTC.
        updated_at: in UTC.
        tags: names of subjects.
        language: the tag of the language that it is in; empty for that of the site.
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
    language: str = ""


@dataclass(frozen=True, slots=True)
class FeedSource:
    """Entries for `/feed.xml` and `/feed.json`.

    Attributes:
        name: unique.
        entries: gets a number and gives the newest entries first, as many at most. It says with `made_of` what
            changes them.
    """

    name: str
    entries: Callable[[int], Iterable[FeedEntry]]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Pages for `/sitemap.xml`.

    Attributes:
        name: unique.
        entries: gives path and last change (UTC) of each page; of one that is there in several languages also the path
            in each, itself included, by the tag of the language. It says with `made_of` what changes them.
    """

    name: str
    entries: Callable[[], Iterable[tuple[str, datetime] | tuple[str, datetime, Mapping[str, str]]]]


@dataclass(frozen=True, slots=True)
class StructuredData:
    """What search engines are told of a page that is another feature's: schema.org in JSON-LD.

    Attributes:
        name: unique.
        about: what the page shows: `ArticleView` or `ProductView`.
        nodes: gets it, and gives nodes with an `@id` each. A node with the view's `node_id` is added to that of the
            page: what both have stays as it was, but lists are put together, and what has the same `@id` in them, such
            as an offer, is added to likewise. Any other node stands beside it. Values are text, numbers, truth values,
            lists and mappings of these. It says with `made_of` what changes them.
    """

    name: str
    about: type[Any]
    nodes: Callable[[Any], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A kind of thing that others may look up.

    Attributes:
        kind: a frozen dataclass; unique.
        find: gets an id (`int`) or another key (`str`) and gives the thing as `kind`, or None.
    """

    kind: type[Any]
    find: Callable[[int | str], Any]


@dataclass(frozen=True, slots=True)
class SearchSource:
    """A kind of page that can be searched.

    Attributes:
        name: unique; stored with each page.
        label: shown with each result.
        documents: gives every page, to build the index anew. As one changes, see `index_page`.
        plural: what several of them are called, shown with their number; the label where it is empty.
        pictures: gets the keys of some pages and gives the addresses of small pictures of ours, by key, for those that
            have one. None where no page has a picture.
    """

    name: str
    label: str
    documents: Callable[[], Iterable[SearchDocument]]
    plural: str = ""
    pictures: Callable[[Sequence[str]], Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class SearchEngine:
    """Finds pages in place of our own search, which goes on knowing them all.

    Attributes:
        name: unique.
        title: shown to visitors where it does not answer.
        find: gets what was typed, the names of the sources to look in, how many pages are wanted and how many to pass
            over; gives their source and their key, the best first. What we do not know of is left out.
    """

    name: str
    title: str
    find: Callable[[str, Sequence[str], int, int], Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What a feature keeps about a person, known by an email address that was confirmed.

    Attributes:
        name: unique; the key in the file that is handed out.
        label: what it is, in words for that person.
        export: gets the address, lower case; one mapping of plain values (text, numbers, lists) for each thing kept.
        erase: gets the address and deletes, inside a unit of work. What has to stay is left, and `export` still
            gives it. Raises `Refused` to stop all erasing.
    """

    name: str
    label: str
    export: Callable[[str], Sequence[Mapping[str, Any]]]
    erase: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One line of `shop doctor`, and of `/readyz` where it is vital.

    Attributes:
        name: begins the line.
        check: returns what is well; raises with what is wrong and how to mend it.
        is_vital: whether pages can't be made while it fails.
        is_of_data: whether it looks at what is stored and at nothing else, so that it also tells whether a restored
            backup is whole.
    """

    name: str
    check: Callable[[], str]
    is_vital: bool = False
    is_of_data: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """What pages look like: templates instead of ours, a style sheet after ours. The owner chooses it.

    Attributes:
        name: unique; templates of the theme are named `name:base.html`.
        title: shown to the owner.
        templates: a folder laid out like `shop/templates`. What is not in it comes from the parent, then from ours. A
            template extends the one that it replaces by that one's own name, or ours as `shop:base.html`.
        description: one or two sentences for the owner.
        parent: the name of the theme that this one changes.
        stylesheet: a CSS file that is loaded after ours and those of the parents. `@layer tokens` in it changes
            colours, letters and distances for every page.
        picture: an image file, 800 by 500 pixels, that shows the owner what it looks like.
        options: a dataclass of `setting(...)` fields, which the owner finds under Settings. In templates:
            `theme_option("columns")`.
    """

    name: str
    title: str
    templates: Path
    description: str = ""
    parent: str = ""
    stylesheet: Path | None = None
    picture: Path | None = None
    options: type[Any] | None = None


TemplateFilter = Callable[..., str | Markup]
"""A function that a template calls as `{{ value|name }}`: gets the value, and returns text, which is escaped, or
`Markup`, which is not.
"""
