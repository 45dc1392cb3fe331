"""Every hook. Its docstring is the manual; `docs/HOOKS.md` is made from it.

A hook is called once, when the application starts, and yields typed objects; a misspelt hook, an unknown slot or a
wrong argument stops the start with one line that names the plugin.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pluggy
from flask import Blueprint

from shop.plugins.types import (
    AdminSection,
    CartRule,
    CheckoutCheck,
    Command,
    CommentCheck,
    Directive,
    FeedSource,
    HealthCheck,
    Importer,
    JobKind,
    MailKind,
    NavigationItem,
    NavigationSource,
    PaymentProvider,
    Periodic,
    Permission,
    PersonalData,
    SearchSource,
    Sitemap,
    Slot,
    Subscriber,
    TemplateFilter,
    Theme,
)

hookspec = pluggy.HookspecMarker("shop")
hookimpl = pluggy.HookimplMarker("shop")


@hookspec
def blueprints() -> Iterable[Blueprint]:  # type: ignore[empty-body]
    """Pages for visitors. A blueprint brings its own addresses and templates."""


@hookspec
def admin_sections() -> Iterable[AdminSection]:  # type: ignore[empty-body]
    """Back-office pages, each mounted at `/admin/<name>` and gated by its permission before any view runs."""


@hookspec
def navigation() -> Iterable[NavigationItem | NavigationSource]:  # type: ignore[empty-body]
    """Links in the banner (`primary`) and the footer (`footer`). A source gives links that change while running."""


@hookspec
def slots() -> Iterable[Slot]:  # type: ignore[empty-body]
    """Things drawn at named points of other features' pages. One that fails draws nothing."""


@hookspec
def themes() -> Iterable[Theme]:  # type: ignore[empty-body]
    """Folders of templates that go before ours; the last plugin enabled wins."""


@hookspec
def template_filters() -> Iterable[tuple[str, TemplateFilter]]:  # type: ignore[empty-body]
    """Filters for templates, as (name, function)."""


@hookspec
def directives() -> Iterable[Directive]:  # type: ignore[empty-body]
    """What `::name[argument]` alone on a line of an article draws."""


@hookspec
def permissions() -> Iterable[Permission]:  # type: ignore[empty-body]
    """What staff may do, and which roles may by default."""


@hookspec
def migrations() -> Iterable[Path]:  # type: ignore[empty-body]
    """A folder of Alembic versions for the plugin's own tables, named `plugin_<name>_*`.

    Each plugin has its own version table, so that an uninstalled one never blocks an upgrade.
    """


@hookspec
def personal_data() -> Iterable[PersonalData]:  # type: ignore[empty-body]
    """What is kept about a person: to hand out and to erase on request."""


@hookspec
def importers() -> Iterable[Importer]:  # type: ignore[empty-body]
    """Files of other systems: each becomes `shop import <name> FILE`. Errors are loud."""


@hookspec
def search_sources() -> Iterable[SearchSource]:  # type: ignore[empty-body]
    """Kinds of pages that `/search` finds."""


@hookspec
def feed_sources() -> Iterable[FeedSource]:  # type: ignore[empty-body]
    """What `/feed.xml` and `/feed.json` tell their readers of."""


@hookspec
def sitemaps() -> Iterable[Sitemap]:  # type: ignore[empty-body]
    """Pages that `/sitemap.xml` lists."""


@hookspec
def comment_checks() -> Iterable[CommentCheck]:  # type: ignore[empty-body]
    """Ways to judge a new comment. Evidence adds up; a check that fails sends the comment to a person."""


@hookspec
def cart_rules() -> Iterable[CartRule]:  # type: ignore[empty-body]
    """What a cart costs: discounts, shipping, taxes. Asked whenever a cart is shown and when an order is placed.

    A rule that fails refuses: nothing is sold on an error.
    """


@hookspec
def checkout_checks() -> Iterable[CheckoutCheck]:  # type: ignore[empty-body]
    """Looks at an order before payment starts. A check that fails refuses: nothing is sold on an error."""


@hookspec
def payment_providers() -> Iterable[PaymentProvider]:  # type: ignore[empty-body]
    """Ways to pay. One that fails to start is hidden; the others are offered."""


@hookspec
def mail_kinds() -> Iterable[MailKind]:  # type: ignore[empty-body]
    """Kinds of mail, each with templates `email/<name>.txt` and `.html`."""


@hookspec
def subscribers() -> Iterable[Subscriber]:  # type: ignore[empty-body]
    """Who wants to know of which fact. Called after the commit, in a transaction of its own, again after a kill."""


@hookspec
def job_kinds() -> Iterable[JobKind]:  # type: ignore[empty-body]
    """Kinds of work that run after a commit, each by its name and in the order in which it became due."""


@hookspec
def periodic_jobs() -> Iterable[Periodic]:  # type: ignore[empty-body]
    """Work that runs once in each slot of time."""


@hookspec
def commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Commands of `shop`, made with click."""


@hookspec
def health_checks() -> Iterable[HealthCheck]:  # type: ignore[empty-body]
    """Lines of `shop doctor` and `/readyz`."""
