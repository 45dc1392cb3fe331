"""What becomes of a product here, decided before anything is stored."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from shop.blueprints.catalog.services import ProductText, VariantTerms
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.products import prices
from shop.blueprints.importers.products.shopify.reading import CsvRow, ProductRows
from shop.blueprints.importers.products.wares import (
    LONGEST_NAME,
    LONGEST_SKU,
    MOST_GRAMS,
    MOST_STOCK,
    MOST_VARIANTS,
    ProductDraft,
    VariantDraft,
)
from shop.core import text
from shop.plugins.api import Refused

LONGEST_BARCODE = 40
_WHOLE = re.compile(r"-?\d{1,9}(?:\.0+)?")
_YES = {"true", "yes", "1", "active"}


def product_draft(group: ProductRows, *, currency: str) -> ProductDraft:
    """The product that a group of rows becomes.

    Raises:
        Refused: it is none, or a cell is no use; the message says which.
    """
    first = group.first
    if not group.handle:
        raise Refused(_("it has no handle, so we can’t tell which product it belongs to"))
    if not first.get("Title"):
        raise Refused(_("the product’s first row has no title"))
    if _is_yes(first.get("Gift Card")):
        raise Refused(_("gift cards are not sold here"))
    draft = ProductDraft(
        ProductText(
            title=_name(first, "Title"),
            slug=group.handle,
            summary=text.excerpt(conversion.to_plain(first.get("SEO Description")), 300),
            description=conversion.html_to_markdown(first.get("Body (HTML)")),
            currency=currency,
            tags=_tags(first),
            vendor=_name(first, "Vendor"),
            choice=_choice(first),
        ),
        is_published=_is_published(first),
    )
    _add_variants(draft, [row for row in group.rows if row.is_variant])
    draft.pictures = _pictures(group)
    return draft


def _pictures(group: ProductRows) -> dict[str, str]:
    """The addresses of a product's pictures in the order of their positions, then those of its variants."""
    last = len(group.rows)
    numbered = [
        (int(said) if (said := row.get("Image Position")).isdecimal() else last, row)
        for row in group.rows
    ]
    shown: dict[str, str] = {}
    for _position, row in sorted(numbered, key=lambda each: each[0]):
        shown.setdefault(row.get("Image Src"), row.get("Image Alt Text"))
    for row in group.rows:
        shown.setdefault(row.get("Variant Image"), "")
    shown.pop("", None)
    return shown


def _add_variants(draft: ProductDraft, rows: list[CsvRow]) -> None:
    if not rows:
        raise Refused(_("none of its rows has a price"))
    if len(rows) > MOST_VARIANTS:
        raise Refused(
            _(
                "it has %(count)s variants; the limit is %(limit)s",
                count=len(rows),
                limit=MOST_VARIANTS,
            )
        )
    taken: set[str] = set()
    for row in rows:
        variant = _variant(draft, row, is_only=len(rows) == 1)
        title = variant.terms.title
        if title in taken or (not title and len(rows) > 1):
            draft.notes.append(
                _(
                    "line %(line)s: the variant has no name, or the same name as another",
                    line=row.line,
                )
            )
        taken.add(title)
        draft.variants.append(variant)


def _variant(draft: ProductDraft, row: CsvRow, *, is_only: bool) -> VariantDraft:
    currency = draft.text.currency
    if not row.get("Variant Price"):
        raise Refused(_("the variant of line %(line)s has no price", line=row.line))
    terms = VariantTerms(
        title=_options(row, is_only=is_only),
        sku=_sku(draft, row),
        barcode=text.clean_line(row.get("Variant Barcode").lstrip("'"))[:LONGEST_BARCODE],
        price_minor=_price(row, "Variant Price", currency),
        compare_at_minor=_price(row, "Variant Compare At Price", currency)
        if row.get("Variant Compare At Price")
        else None,
        is_digital=row.get("Variant Requires Shipping").casefold() in {"false", "no", "0"},
        may_oversell=row.get("Variant Inventory Policy").casefold() in {"continue", "true"},
        weight_grams=_grams(draft, row),
    )
    return VariantDraft(terms, _stock(draft, row))


def _options(row: CsvRow, *, is_only: bool) -> str:
    values = [conversion.to_plain(row.get(f"Option{number} Value")) for number in (1, 2, 3)]
    title = " / ".join(value for value in values if value)
    if is_only and title in {"Default Title", "Title"}:
        return ""
    return text.excerpt(title, LONGEST_NAME)


def _choice(first: CsvRow) -> str:
    """What the variants differ in: `Size / Colour`; nothing where there is only one."""
    names = (conversion.to_plain(first.get(f"Option{number} Name")) for number in (1, 2, 3))
    return text.excerpt(" / ".join(name for name in names if name and name != "Title"), 120)


def _sku(draft: ProductDraft, row: CsvRow) -> str:
    sku = text.clean_line(row.get("Variant SKU").lstrip("'"))
    if len(sku) > LONGEST_SKU:
        draft.notes.append(
            _(
                "line %(line)s: the SKU was cut to %(limit)s characters",
                line=row.line,
                limit=LONGEST_SKU,
            )
        )
    return sku[:LONGEST_SKU]


def _stock(draft: ProductDraft, row: CsvRow) -> int | None:
    if not row.get("Variant Inventory Tracker"):
        return None
    stock = _whole(row, "Variant Inventory Qty") or 0
    if stock < 0:
        draft.notes.append(
            _("line %(line)s: its stock was %(stock)s; it was set to 0", line=row.line, stock=stock)
        )
    return min(max(stock, 0), MOST_STOCK)


def _grams(draft: ProductDraft, row: CsvRow) -> int:
    grams = _whole(row, "Variant Grams") or 0
    if not 0 <= grams <= MOST_GRAMS:
        draft.notes.append(
            _(
                "line %(line)s: its weight was %(grams)s g; it was changed",
                line=row.line,
                grams=grams,
            )
        )
    return min(max(grams, 0), MOST_GRAMS)


def _price(row: CsvRow, column: str, currency: str) -> int:
    try:
        price = prices.read_price(row.get(column), currency)
    except Refused as refused:
        raise Refused(
            _(
                "%(column)s in line %(line)s can’t be used. %(message)s",
                column=column,
                line=row.line,
                message=refused.message,
            )
        ) from None
    if price < 0:
        raise Refused(_("%(column)s in line %(line)s is negative", column=column, line=row.line))
    return price


def _whole(row: CsvRow, column: str) -> int | None:
    written = row.get(column)
    if not written:
        return None
    if not _WHOLE.fullmatch(written):
        raise Refused(
            _(
                "%(column)s in line %(line)s is not a whole number: %(written)s",
                column=column,
                line=row.line,
                written=text.excerpt(written, 40),
            )
        )
    return int(written.partition(".")[0])


def _name(row: CsvRow, column: str) -> str:
    return text.excerpt(conversion.to_plain(row.get(column)), LONGEST_NAME)


def _tags(row: CsvRow) -> list[str]:
    names = map(text.clean_line, (row.get("Type"), *row.get("Tags").split(",")))
    return [name[:80] for name in dict.fromkeys(names) if name][:20]


def _is_published(row: CsvRow) -> bool:
    status = row.get("Status").casefold()
    return _is_yes(row.get("Published")) and status in {"", "active"}


def _is_yes(written: str) -> bool:
    return written.casefold() in _YES
