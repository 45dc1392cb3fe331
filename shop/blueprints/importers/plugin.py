"""What importers contribute."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

from click import Command, Parameter
from flask_babel import lazy_gettext as _l

from shop.blueprints.importers import cli
from shop.blueprints.importers.runs import admin, working
from shop.blueprints.importers.runs import services as runs
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
    yield _importer(
        "wordpress", _l("WordPress: posts, pages and comments (WXR)"), "wordpress.storing"
    )
    yield _importer("shopify", _l("Shopify: products (CSV)"), "products.shopify.storing")
    yield _importer(
        "woocommerce",
        _l("WooCommerce: products (CSV, or a WordPress file that has them)"),
        "products.woocommerce.storing",
    )
    yield _importer(
        "woocommerce-orders",
        _l("WooCommerce: orders, as history (CSV)"),
        "products.woocommerce.orders",
    )
    yield _importer("ghost", _l("Ghost: posts and pages (JSON)"), "magazines.ghost")
    yield _importer("substack", _l("Substack: posts (ZIP)"), "magazines.substack")
    yield _importer("beehiiv", _l("Beehiiv: posts (CSV)"), "magazines.beehiiv")
    yield _importer("wix", _l("Wix: posts of a blog (CSV)"), "magazines.wix")
    yield _importer("medium", _l("Medium: posts (ZIP)"), "magazines.medium")
    yield _importer(
        "blogger",
        _l("Blogger: posts, pages and comments (Atom, or the ZIP of Google Takeout)"),
        "magazines.blogger",
    )
    yield _importer(
        "folder", _l("Hugo or Jekyll: texts of a folder, or a ZIP of it"), "magazines.folder"
    )
    yield _importer("subscribers", _l("Newsletter: subscribers (CSV)"), "subscribers")
    yield _importer("text", _l("Plain text: one article"), "plain_text.storing")
    yield _importer("disqus", _l("Disqus: comments (XML)"), "conversations.disqus.storing")
    yield _importer("isso", _l("Isso: comments (SQLite)"), "conversations.isso.storing")
    yield _importer("remark42", _l("Remark42: comments (JSON)"), "conversations.remark42")
    yield _importer("commento", _l("Commento: comments (JSON)"), "conversations.commento")
    yield _importer(
        "bookstall",
        _l("Bookstall: everything that `shop export` wrote (ZIP)"),
        "bookstall.storing",
    )
    yield _importer(
        "comments",
        _l("Bookstall: comments that `shop comments export` wrote"),
        "conversations.exported",
    )


def _importer(name: str, title: str, module: str) -> Importer:
    """One that lies in a module with `run` and `options`, which is loaded when it is used: a start needs none."""

    def loaded() -> ModuleType:
        return import_module(f"shop.blueprints.importers.{module}")

    def run(*given: Any, **options: Any) -> None:
        loaded().run(*given, **options)

    def options() -> tuple[Parameter, ...]:
        found: tuple[Parameter, ...] = loaded().options
        return found

    return Importer(name, title, run, options)
