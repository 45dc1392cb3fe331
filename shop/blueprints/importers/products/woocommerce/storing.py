"""Brings the products of a WooCommerce export in, each in one unit of work."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from flask_babel import gettext as _

from shop.blueprints.catalog import queries
from shop.blueprints.importers.formats import files
from shop.blueprints.importers.formats.corrections import Corrections, table_map_option
from shop.blueprints.importers.linked_folders import LinkedFolders
from shop.blueprints.importers.old_addresses import OldAddresses
from shop.blueprints.importers.pictures import (
    Pictures,
    fetch_option,
    pictures_from,
    uploads_option,
)
from shop.blueprints.importers.products import wares
from shop.blueprints.importers.products.woocommerce import drafts, reading
from shop.blueprints.importers.products.woocommerce.reading import WooProduct
from shop.blueprints.importers.row_guard import one_row
from shop.core import site, text
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused

_KNOWN = re.compile(
    r"ID|Type|SKU|Name|Published|Short description|Description|In stock\?|Stock|Backorders allowed\?|"
    r"Weight \(kg\)|Sale price|Date sale price .*|Regular price|Categories|Tags|Images|Parent|Position|Slug|Link|"
    r"Is featured\?|Visibility in catalog|Tax status|Tax class|Attribute \d+ .*|Download \d+ .*"
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
    products, lost = reading.woo_products(file, Corrections(mapping), max_mb=max_mb)
    old = OldAddresses("woocommerce", "")
    folders = ["/product", *_folders_of(products)]
    left_out = wares.LeftOutColumns(_KNOWN)
    with pictures_from(uploads, fetches=fetch_images) as pictures:
        for product in products:
            for row in (product.row, *product.variations):
                left_out.look_at(row.cells)
            _bring_in(product, prices_in, pictures, old, folders, report)
    left_out.tell(report)
    for row in lost:
        report.refuse(row.label, _("its product is not in the file"))
    report.note(
        _("prices"),
        _("they were read as %(currency)s; the file does not say its currency", currency=prices_in),
    )


def _folders_of(products: list[WooProduct]) -> list[str]:
    """Where products were, by the links of their descriptions to the site from which their images are."""
    shown = (each.row.get("Images").partition(",")[0].strip() for each in products)
    site, linked = next(filter(None, shown), ""), LinkedFolders()
    for each in products:
        linked.note_links(each.row.get("Short description") + each.row.get("Description"), site)
    return linked.of({slug: slug for slug in (text.slugify(p.row.get("Name")) for p in products)})


def _bring_in(
    product: WooProduct,
    currency: str,
    pictures: Pictures,
    old: OldAddresses,
    folders: list[str],
    report: ImportReport,
) -> None:
    row = product.row
    try:
        draft = drafts.woo_draft(product, currency=currency)
        if not row.get("ID").isdecimal():
            raise Refused(_("it has no ID, so it could not be recognised in a second import"))  # noqa: TRY301
    except Refused as refused:
        for each in (row, *product.variations):
            report.refuse(each.label, refused.message)
        return
    key = f"woocommerce:{row.get('ID')[:40]}"
    is_known = queries.imported_product(key) is not None
    shown = wares.NO_PICTURES if is_known else wares.wanted_pictures(draft, pictures)
    with one_row(report, row.label, rows=product.size):
        if queries.imported_product(key) is not None:
            report.accept(is_new=False, rows=product.size)
            return
        stored = wares.store_product(
            draft, key, reason=_("Imported from WooCommerce"), pictures=shown
        )
        pages = (f"{folder}/{draft.text.slug}/" for folder in folders)
        link = urlsplit(row.get("Link")).path
        old.keep(f"/shop/{stored.slug}", *pages, link, f"/?p={row.get('ID')}")
        old.store()
        for remark in draft.notes:
            report.note(text.excerpt(row.get("Name"), 60), remark)
        report.accept(is_new=True, rows=product.size)
