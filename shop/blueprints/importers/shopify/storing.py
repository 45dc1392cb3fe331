"""Brings the products of a Shopify export in, each in one unit of work."""

from __future__ import annotations

from pathlib import Path

from click import Choice, Option

from shop.blueprints.catalog import queries, services
from shop.blueprints.importers import files
from shop.blueprints.importers.shopify import drafts, reading
from shop.blueprints.importers.shopify.drafts import ProductDraft
from shop.blueprints.importers.shopify.reading import ProductRows
from shop.core import site, text
from shop.core.errors import Refused
from shop.core.settings import fields_of
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.types import ImportReport

_CURRENCIES = next(field for field in fields_of(site.SiteSettings) if field.name == "currency")

options = (
    Option(
        ["--currency"],
        type=Choice([code for code, _ in _CURRENCIES.choices], case_sensitive=False),
        default=None,
        help="The currency of the prices. Default: the site’s currency.",
    ),
    files.max_mb,
)


def run(file: Path, report: ImportReport, *, currency: str | None, max_mb: int) -> None:
    """Bring a product export in.

    Raises:
        Refused: the file is no use as a whole, or the catalog is switched off.
    """
    if not registry().has("catalog"):
        raise Refused("The catalog is off, so products can’t be imported.")
    for group in reading.product_rows(file, max_mb=max_mb):
        _bring_in(group, currency or site.site().currency, report)


def _bring_in(group: ProductRows, currency: str, report: ImportReport) -> None:
    try:
        draft = drafts.product_draft(group, currency=currency)
    except Refused as refused:
        _refuse(group, refused.message, report)
        return
    key = f"shopify:{group.handle.casefold()[:180]}"
    with unit_of_work():
        if queries.imported_product(key) is not None:
            report.accept(is_new=False, rows=len(group.rows))
            return
        try:
            with db.session.begin_nested():
                _store(draft, key)
        except Refused as refused:
            _refuse(group, refused.message, report)
            return
    for remark in draft.notes:
        report.note(text.excerpt(group.handle, 60), remark)
    report.accept(is_new=True, rows=len(group.rows))


def _refuse(group: ProductRows, reason: str, report: ImportReport) -> None:
    for row in group.rows:
        report.refuse(row.label, reason)


def _store(draft: ProductDraft, key: str) -> None:
    product = services.write_product(draft.text, import_key=key)
    for each in draft.variants:
        variant = services.write_variant(product, each.terms)
        if each.stock is not None:
            services.set_stock(variant, each.stock, reason="Imported from Shopify")
    if draft.is_published:
        services.put_on_shelf(product)
