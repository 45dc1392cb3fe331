"""Products on their way in, whatever shop they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from click import Choice, Option
from flask_babel import gettext as _

from shop.blueprints.catalog import services
from shop.blueprints.catalog.models import Product
from shop.blueprints.catalog.services import MOST_PICTURES, ProductText, VariantTerms
from shop.blueprints.importers.pictures import Pictures
from shop.core import site, text
from shop.core.settings import fields_of
from shop.plugins.api import ImportReport, Refused

LONGEST_NAME = 160
LONGEST_SKU = 80
MOST_STOCK = 1_000_000
MOST_GRAMS = 1_000_000
MOST_VARIANTS = 250
MOST_NAMED = 1_000
"""Characters of names of columns in a report."""
_CURRENCIES = next(each for each in fields_of(site.SiteSettings) if each.name == "currency")

currency = Option(
    ["--currency"],
    type=Choice([code for code, _ in _CURRENCIES.choices], case_sensitive=False),
    default=None,
    help="The currency of the prices. Default: the site’s currency.",
)


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """A variant to be stored, and how many there are; None is not tracked."""

    terms: VariantTerms
    stock: int | None


@dataclass(slots=True)
class ProductDraft:
    """A product to be stored; `notes` say what differs from the original, `pictures` are addresses there in their
    order, with what they show.
    """

    text: ProductText
    is_published: bool
    variants: list[VariantDraft] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class WarePictures:
    """The pictures of a product that could be had: the first one, and the numbers of the others in the library."""

    cover: bytes = b""
    numbers: list[int] = field(default_factory=list)


def wanted_pictures(draft: ProductDraft, pictures: Pictures) -> WarePictures:
    """The pictures of a product; its notes name those that can't be had. Outside a unit of work."""
    found = WarePictures()
    for address, alt in draft.pictures.items():
        if not found.cover and (content := pictures.content_of(address)):
            found.cover = content
            continue
        number = pictures.number_of(address) if found.cover else None
        if number is None or len(found.numbers) >= MOST_PICTURES:
            draft.notes.append(
                _("its image was not downloaded: %(address)s", address=text.excerpt(address, 300))
            )
            continue
        pictures.describe(number, alt)
        found.numbers.append(number)
    return found


NO_PICTURES = WarePictures()


class LeftOutColumns:
    """Which columns of a table say something that nothing here is made of."""

    def __init__(self, known: re.Pattern[str]) -> None:
        self._known = known
        self._found: dict[str, None] = {}

    def look_at(self, cells: Mapping[str, str]) -> None:
        """Note those of one row."""
        for name, value in cells.items():
            if value.strip() and not self._known.fullmatch(name):
                self._found.setdefault(name)

    def tell(self, report: ImportReport) -> None:
        """Name them in the report."""
        if self._found:
            names = text.excerpt(", ".join(self._found), MOST_NAMED)
            report.note(_("columns"), _("nothing was made of these: %(names)s", names=names))


def store_product(
    draft: ProductDraft, key: str, *, reason: str, pictures: WarePictures = NO_PICTURES
) -> Product:
    """Store a product with its variants, their stock and its pictures. `reason` stands beside the stock."""
    product = services.write_product(draft.text, import_key=key)
    if pictures.cover:
        _show(product, pictures.cover, draft)
    if pictures.numbers:
        services.show_pictures(product, pictures.numbers)
    for each in draft.variants:
        variant = services.write_variant(product, each.terms)
        if each.stock is not None:
            services.set_stock(variant, each.stock, reason=reason)
    if draft.is_published:
        services.put_on_shelf(product)
    return product


def _show(product: Product, picture: bytes, draft: ProductDraft) -> None:
    try:
        services.set_picture(product, picture)
    except Refused as refused:
        draft.notes.append(_("its image was left out: %(message)s", message=refused.message))
