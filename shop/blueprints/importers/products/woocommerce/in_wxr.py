"""Products in an export of WordPress, which has them among its posts, as the rows of WooCommerce's own table.

What a product is and costs stands in its fields, named as WooCommerce stores them (`_regular_price`, `_stock`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from shop.blueprints.importers.wordpress import elements
from shop.blueprints.importers.wordpress.survey import SiteSurvey, survey_site

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_KINDS = {"product", "product_variation"}
_NOT_SHOWN = {"exclude-from-catalog", "exclude-from-search"}
_STATES = {"publish": "1", "private": "0"}
_BACKORDERS = {"yes": "1", "notify": "notify"}
_FILE = re.compile(r's:4:"file";s:\d{1,5}:"([^"]{1,2000})"')
_OPTION = re.compile(r"attribute_(.+)")


def is_wxr(path: Path) -> bool:
    """Whether a file begins as an export of WordPress does, and no table."""
    with path.open("rb") as file:
        head = file.read(20_000)
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and b"wordpress.org/export/" in head


def rows_in_wxr(path: Path) -> Iterator[dict[str, str]]:
    """A row of cells for each product and variation, by the names of the table's columns.

    Raises:
        Refused: as `survey_site`.
    """
    survey = survey_site(path)
    options = {(taxonomy, slug): name for taxonomy, slug, name in survey.terms.values()}
    for name, element in elements.channel_elements(path):
        if name == "item":
            values = elements.child_texts(element)
            if values.get("wp:post_type") in _KINDS and values.get("wp:status") != "trash":
                yield _cells(element, values, survey, options)


def _cells(
    element: Element,
    values: Mapping[str, str],
    survey: SiteSurvey,
    options: Mapping[tuple[str, str], str],
) -> dict[str, str]:
    meta = elements.item_meta(element)
    terms = [
        (each.get("domain", ""), each.get("nicename", ""), elements.element_text(each))
        for each in element
    ]
    is_variation = values["wp:post_type"] == "product_variation"
    shown = {slug for domain, slug, _name in terms if domain == "product_visibility"}
    stock = meta.get("_stock", "") if meta.get("_manage_stock") == "yes" else ""
    cells = {
        "ID": values.get("wp:post_id", ""),
        "Type": ",".join(_kinds(terms, meta, is_variation=is_variation)),
        "SKU": meta.get("_sku", ""),
        "Name": values.get("title", ""),
        "Published": _STATES.get(values.get("wp:status", ""), "-1"),
        "Visibility in catalog": "hidden" if shown >= _NOT_SHOWN else "visible",
        "Short description": values.get("excerpt", ""),
        "Description": values.get("content", ""),
        "In stock?": "0" if meta.get("_stock_status") == "outofstock" else "1",
        "Stock": stock,
        "Backorders allowed?": _BACKORDERS.get(meta.get("_backorders", ""), "0"),
        "Weight (kg)": meta.get("_weight", ""),
        "Regular price": meta.get("_regular_price") or meta.get("_price", ""),
        "Sale price": meta.get("_sale_price", ""),
        "Date sale price starts": _day(meta.get("_sale_price_dates_from", "")),
        "Date sale price ends": _day(meta.get("_sale_price_dates_to", "")),
        "Categories": ",".join(name.replace(",", " ") for domain, _slug, name in terms if domain == "product_cat"),
        "Tags": ",".join(name.replace(",", " ") for domain, _slug, name in terms if domain == "product_tag"),
        "Images": ", ".join(_pictures(meta, survey)),
        "Parent": f"id:{values.get('wp:post_parent', '')}" if is_variation else "",
        "Slug": unquote(values.get("wp:post_name", "")),
        "Link": values.get("link", ""),
    }  # fmt: skip
    chosen = ((found[1], value) for key, value in meta.items() if (found := _OPTION.fullmatch(key)))
    for number, (name, value) in enumerate(chosen, start=1):
        cells[f"Attribute {number} name"] = name
        cells[f"Attribute {number} value(s)"] = options.get((name, value), value)
    for number, address in enumerate(_FILE.findall(meta.get("_downloadable_files", "")), start=1):
        cells[f"Download {number} URL"] = address
    return cells


def _kinds(
    terms: list[tuple[str, str, str]], meta: Mapping[str, str], *, is_variation: bool
) -> Iterator[str]:
    kinds = [slug for domain, slug, _name in terms if domain == "product_type"]
    yield "variation" if is_variation else next(iter(kinds), "simple")
    yield from (kind for kind in ("virtual", "downloadable") if meta.get(f"_{kind}") == "yes")


def _pictures(meta: Mapping[str, str], survey: SiteSurvey) -> Iterator[str]:
    numbers = [meta.get("_thumbnail_id", ""), *meta.get("_product_image_gallery", "").split(",")]
    for number in map(elements.wxr_number, numbers):
        if number in survey.pictures:
            yield survey.pictures[number]


def _day(written: str) -> str:
    """A day of the table of one that is kept in seconds."""
    seconds = elements.wxr_number(written)
    return (
        f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}" if seconds and seconds < 10**11 else ""
    )
