"""What becomes of a product here, decided before anything is stored."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.blueprints.catalog.services import ProductText, VariantTerms
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.products import prices
from shop.blueprints.importers.products.wares import (
    LONGEST_NAME,
    LONGEST_SKU,
    MOST_GRAMS,
    MOST_STOCK,
    MOST_VARIANTS,
    ProductDraft,
    VariantDraft,
)
from shop.blueprints.importers.products.woocommerce.reading import WooProduct, WooRow
from shop.blueprints.importers.wordpress.markup import post_to_markdown
from shop.core import clock, text
from shop.core.dates import site_time
from shop.plugins.api import Refused

MOST_TAGS = 20
_OTHER = {
    "grouped": _l("it is a group of other products; groups are not supported here"),
    "external": _l("it is sold in another shop"),
}


def woo_draft(product: WooProduct, *, currency: str) -> ProductDraft:
    """The product that a row and its variations become.

    Raises:
        Refused: it is none, or a cell is no use; the message says which.
    """
    row = product.row
    for kind, reason in _OTHER.items():
        if kind in row.kinds:
            raise Refused(str(reason))
    if not row.get("Name"):
        raise Refused(_("it has no name"))
    draft = ProductDraft(_said(row, currency), is_published=row.get("Published") == "1")
    if row.get("Visibility in catalog") == "hidden":
        draft.is_published = False
        draft.notes.append(_("it was hidden; it was saved as a draft"))
    sold = product.variations or [row]
    if len(sold) > MOST_VARIANTS:
        raise Refused(
            _(
                "it has %(count)s variations; the limit is %(limit)s",
                count=len(sold),
                limit=MOST_VARIANTS,
            )
        )
    draft.variants = [_variant(draft, each, is_only=each is row) for each in sold]
    images = (each.strip() for each in row.get("Images").split(","))
    draft.pictures = {each: "" for each in images if each}
    draft.notes.extend(_not_fetched(row))
    return draft


def _said(row: WooRow, currency: str) -> ProductText:
    return ProductText(
        title=_plain(row.get("Name")),
        slug=text.slugify(row.get("Slug") or row.get("Name")),
        summary=text.excerpt(conversion.to_plain(row.get("Short description")), 300),
        description=post_to_markdown(row.get("Description").replace("\\n", "\n"), base="").markdown,
        currency=currency,
        tags=_subjects(row),
    )


def _variant(draft: ProductDraft, row: WooRow, *, is_only: bool) -> VariantDraft:
    regular, sale = row.get("Regular price"), row.get("Sale price")
    if sale and regular and not _is_on_sale(row):
        draft.notes.append(
            _(
                "line %(line)s: its sale price %(value)s does not hold today",
                line=row.line,
                value=sale[:20],
            )
        )
        sale = ""
    if not (regular or sale):
        raise Refused(_("line %(line)s has no price", line=row.line))
    is_digital = bool(row.kinds & {"virtual", "downloadable"})
    terms = VariantTerms(
        title="" if is_only else _options(row),
        sku=text.clean_line(row.get("SKU"))[:LONGEST_SKU],
        price_minor=_price(row, sale or regular, draft.text.currency),
        compare_at_minor=_price(row, regular, draft.text.currency) if sale and regular else None,
        is_digital=is_digital,
        may_oversell=row.get("Backorders allowed?") in {"1", "notify"},
        weight_grams=0 if is_digital else _grams(draft, row),
    )
    return VariantDraft(terms, _stock(draft, row))


def _is_on_sale(row: WooRow) -> bool:
    """Whether its sale price holds on this day; days are those of the site's clock."""
    today = site_time(clock.now()).date().isoformat()
    begins, ends = (row.get(f"Date sale price {name}")[:10] for name in ("starts", "ends"))
    return (not begins or begins <= today) and (not ends or today <= ends)


def _options(row: WooRow) -> str:
    values = [
        conversion.to_plain(value)
        for name, value in row.cells.items()
        if name.startswith("Attribute ") and name.endswith("value(s)") and value.strip()
    ]
    return text.excerpt(" / ".join(values) or row.get("Name"), LONGEST_NAME)


def _price(row: WooRow, written: str, currency: str) -> int:
    try:
        price = prices.read_price(written, currency)
    except Refused as refused:
        raise Refused(
            _(
                "the price in line %(line)s can’t be used. %(message)s",
                line=row.line,
                message=refused.message,
            )
        ) from None
    if price < 0:
        raise Refused(_("the price in line %(line)s is negative", line=row.line))
    return price


def _grams(draft: ProductDraft, row: WooRow) -> int:
    written = row.get("Weight (kg)")
    try:
        grams = int(Decimal(written.replace(",", ".") or "0") * 1000)
    except (InvalidOperation, ValueError, OverflowError):
        grams = -1
    if not 0 <= grams <= MOST_GRAMS:
        draft.notes.append(
            _(
                "line %(line)s: its weight was %(value)s kg; it was changed",
                line=row.line,
                value=written[:20],
            )
        )
    return min(max(grams, 0), MOST_GRAMS)


def _stock(draft: ProductDraft, row: WooRow) -> int | None:
    written = row.get("Stock")
    if not written:
        return None if row.get("In stock?") != "0" else 0
    try:
        stock = int(Decimal(written))
    except (InvalidOperation, ValueError, OverflowError):
        raise Refused(_("the stock in line %(line)s is not a number", line=row.line)) from None
    if not 0 <= stock <= MOST_STOCK:
        draft.notes.append(
            _(
                "line %(line)s: its stock was %(value)s; it was changed",
                line=row.line,
                value=written[:20],
            )
        )
    return min(max(stock, 0), MOST_STOCK)


def _subjects(row: WooRow) -> list[str]:
    paths = [path.split(">")[-1] for path in row.get("Categories").split(",")]
    names = (_plain(name)[:80] for name in (*paths, *row.get("Tags").split(",")))
    return [name for name in dict.fromkeys(names) if name][:MOST_TAGS]


def _not_fetched(row: WooRow) -> list[str]:
    files = [
        row.get(name) for name in row.cells if name.startswith("Download") and name.endswith("URL")
    ]
    return [f"its file was not downloaded: {text.excerpt(each, 300)}" for each in files if each]


def _plain(written: str) -> str:
    return text.excerpt(conversion.to_plain(written), LONGEST_NAME)
