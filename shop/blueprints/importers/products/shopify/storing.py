"""Brings the products of a Shopify export in, each in one unit of work."""

from __future__ import annotations

import re
from pathlib import Path

from flask_babel import gettext as _

from shop.blueprints.catalog import queries
from shop.blueprints.importers.formats import files
from shop.blueprints.importers.formats.corrections import Corrections, table_map_option
from shop.blueprints.importers.old_addresses import OldAddresses
from shop.blueprints.importers.pictures import (
    Pictures,
    fetch_option,
    pictures_from,
    uploads_option,
)
from shop.blueprints.importers.products import wares
from shop.blueprints.importers.products.shopify import drafts, reading
from shop.blueprints.importers.products.shopify.reading import ProductRows
from shop.blueprints.importers.row_guard import one_row
from shop.core import site, text
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused

_KNOWN = re.compile(
    r"Handle|Title|Body \(HTML\)|Vendor|Type|Tags|Published|Status|Gift Card|SEO Description|Image .*|"
    r"Option\d (?:Name|Value)|Variant (?:Image|Price|Compare At Price|SKU|Barcode|Grams|Weight Unit|"
    r"Inventory .*|Requires Shipping|Fulfillment Service|Taxable)"
)
"""Columns of which something is made here, or that say nothing that a shop here has to know."""
options = (
    wares.currency,
    table_map_option,
    uploads_option,
    fetch_option,
    files.max_mb,
)


def run(
    file: Path,
    report: ImportReport,
    *,
    currency: str | None,
    max_mb: int,
    mapping: Path | None = None,
    uploads: str | None = None,
    fetch_images: bool = False,
) -> None:
    """Bring a product export in, with its pictures from the folder or ZIP `uploads`, or by `fetch_images` from the net.

    Raises:
        Refused: the file is no use as a whole, or the catalog is switched off.
    """
    if not registry().has("catalog"):
        raise Refused(_("The catalog is off, so products can’t be imported."))
    prices_in = currency or site.site().currency
    old = OldAddresses("shopify", "")
    left_out = wares.LeftOutColumns(_KNOWN)
    with pictures_from(uploads, fetches=fetch_images) as pictures:
        for group in reading.product_rows(file, Corrections(mapping), max_mb=max_mb):
            for row in group.rows:
                left_out.look_at(row.cells)
            _bring_in(group, prices_in, pictures, old, report)
    left_out.tell(report)
    report.note(
        _("prices"),
        _("they were read as %(currency)s; the file does not say its currency", currency=prices_in),
    )


def _bring_in(
    group: ProductRows, currency: str, pictures: Pictures, old: OldAddresses, report: ImportReport
) -> None:
    try:
        draft = drafts.product_draft(group, currency=currency)
    except Refused as refused:
        for row in group.rows:
            report.refuse(row.label, refused.message)
        return
    key = f"shopify:{group.handle.casefold()[:180]}"
    is_known = queries.imported_product(key) is not None
    shown = wares.NO_PICTURES if is_known else wares.wanted_pictures(draft, pictures)
    with one_row(report, group.rows[0].label, rows=len(group.rows)):
        if queries.imported_product(key) is not None:
            report.accept(is_new=False, rows=len(group.rows))
            return
        product = wares.store_product(draft, key, reason=_("Imported from Shopify"), pictures=shown)
        old.keep(f"/shop/{product.slug}", f"/products/{group.handle}")
        old.store()
        for remark in draft.notes:
            report.note(text.excerpt(group.handle, 60), remark)
        report.accept(is_new=True, rows=len(group.rows))
