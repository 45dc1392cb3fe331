"""What importers contribute."""

from __future__ import annotations

from collections.abc import Iterable

from click import Command
from flask_babel import lazy_gettext as _l

from shop.blueprints.importers import cli, subscribers
from shop.blueprints.importers.bookstall import storing as bookstall
from shop.blueprints.importers.conversations import commento, exported, remark42
from shop.blueprints.importers.conversations.disqus import storing as disqus
from shop.blueprints.importers.conversations.isso import storing as isso
from shop.blueprints.importers.magazines import (
    beehiiv,
    blogger,
    folder,
    ghost,
    medium,
    substack,
    wix,
)
from shop.blueprints.importers.plain_text import storing as plain_text
from shop.blueprints.importers.products.shopify import storing as shopify
from shop.blueprints.importers.products.woocommerce import orders as woocommerce_orders
from shop.blueprints.importers.products.woocommerce import storing as woocommerce
from shop.blueprints.importers.runs import admin, working
from shop.blueprints.importers.runs import services as runs
from shop.blueprints.importers.wordpress import storing as wordpress
from shop.plugins.api import (
    AdminSection,
    Importer,
    JobKind,
    Periodic,
    Permission,
    Plugin,
    hookimpl,
)

PLUGIN = Plugin(name="importers", title=_l("Importers"), requires=("articles",))


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.imports


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("imports.run", _l("Import files of other systems"), frozenset())


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        "imports", _l("Import"), "house", "imports.run", admin.bp, order=251, proof="enter"
    )


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield from working.JOBS


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield runs.HOUSEKEEPING


@hookimpl
def importers() -> Iterable[Importer]:
    yield Importer(
        "wordpress",
        _l("WordPress: posts, pages and comments (WXR)"),
        wordpress.run,
        wordpress.options,
    )
    yield Importer("shopify", _l("Shopify: products (CSV)"), shopify.run, shopify.options)
    yield Importer(
        "woocommerce",
        _l("WooCommerce: products (CSV, or a WordPress file that has them)"),
        woocommerce.run,
        woocommerce.options,
    )
    yield Importer(
        "woocommerce-orders",
        _l("WooCommerce: orders, as history (CSV)"),
        woocommerce_orders.run,
        woocommerce_orders.options,
    )
    yield Importer("ghost", _l("Ghost: posts and pages (JSON)"), ghost.run, ghost.options)
    yield Importer("substack", _l("Substack: posts (ZIP)"), substack.run, substack.options)
    yield Importer("beehiiv", _l("Beehiiv: posts (CSV)"), beehiiv.run, beehiiv.options)
    yield Importer("wix", _l("Wix: posts of a blog (CSV)"), wix.run, wix.options)
    yield Importer("medium", _l("Medium: posts (ZIP)"), medium.run, medium.options)
    yield Importer(
        "blogger",
        _l("Blogger: posts, pages and comments (Atom, or the ZIP of Google Takeout)"),
        blogger.run,
        blogger.options,
    )
    yield Importer(
        "folder",
        _l("Hugo or Jekyll: texts of a folder, or a ZIP of it"),
        folder.run,
        folder.options,
    )
    yield Importer(
        "subscribers",
        _l("Newsletter: subscribers (CSV)"),
        subscribers.run,
        subscribers.options,
    )
    yield Importer("text", _l("Plain text: one article"), plain_text.run, plain_text.options)
    yield Importer("disqus", _l("Disqus: comments (XML)"), disqus.run, disqus.options)
    yield Importer("isso", _l("Isso: comments (SQLite)"), isso.run, isso.options)
    yield Importer("remark42", _l("Remark42: comments (JSON)"), remark42.run, remark42.options)
    yield Importer("commento", _l("Commento: comments (JSON)"), commento.run, commento.options)
    yield Importer(
        "bookstall",
        _l("Bookstall: everything that `shop export` wrote (ZIP)"),
        bookstall.run,
        bookstall.options,
    )
    yield Importer(
        "comments",
        _l("Bookstall: comments that `shop comments export` wrote"),
        exported.run,
        exported.options,
    )
