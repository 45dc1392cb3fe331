"""Brings the products of a Shopify export in, each in one unit of work."""

from __future__ import annotations

from pathlib import Path

from click import Choice, Option

from shop.blueprints.catalog import queries, services
from shop.blueprints.catalog.models import Product
from shop.blueprints.importers import files
from shop.blueprints.importers.old_addresses import OldAddresses
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.importers.shopify import drafts, reading
from shop.blueprints.importers.shopify.drafts import ProductDraft
from shop.blueprints.importers.shopify.reading import ProductRows
from shop.core import site, text
from shop.core.errors import Refused
from shop.core.settings import fields_of
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
    prices_in = currency or site.site().currency
    old = OldAddresses("shopify", "")
    for group in reading.product_rows(file, max_mb=max_mb):
        _bring_in(group, prices_in, old, report)
    report.note("prices", f"they were read as {prices_in}; the file does not say its currency")


def _bring_in(group: ProductRows, currency: str, old: OldAddresses, report: ImportReport) -> None:
    try:
        draft = drafts.product_draft(group, currency=currency)
    except Refused as refused:
        for row in group.rows:
            report.refuse(row.label, refused.message)
        return
    key = f"shopify:{group.handle.casefold()[:180]}"
    with one_row(report, group.rows[0].label, rows=len(group.rows)):
        if queries.imported_product(key) is not None:
            report.accept(is_new=False, rows=len(group.rows))
            return
        product = _store(draft, key)
        old.keep(f"/shop/{product.slug}", f"/products/{group.handle}")
        for remark in draft.notes:
            report.note(text.excerpt(group.handle, 60), remark)
        report.accept(is_new=True, rows=len(group.rows))


def _store(draft: ProductDraft, key: str) -> Product:
    product = services.write_product(draft.text, import_key=key)
    for each in draft.variants:
        variant = services.write_variant(product, each.terms)
        if each.stock is not None:
            services.set_stock(variant, each.stock, reason="Imported from Shopify")
    if draft.is_published:
        services.put_on_shelf(product)
    return product
