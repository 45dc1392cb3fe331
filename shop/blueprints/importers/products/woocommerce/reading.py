"""Reads a table, or an export of WordPress, into products with their variations."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flask_babel import gettext as _

from shop.blueprints.importers.formats import files
from shop.blueprints.importers.formats.corrections import Corrections
from shop.blueprints.importers.products.woocommerce import headings, in_wxr
from shop.core import text
from shop.plugins.api import Refused

LONGEST_CELL = 500_000
DELIMITERS = ",;\t"
_REQUIRED = ("ID", "Type", "Name", "Regular price")


@dataclass(slots=True)
class WooRow:
    """One line of the table; `line` is where it ends in the file, counted from 1. In an export of WordPress it is the
    number of the product among all.
    """

    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """A cell without the white space around it; empty when the column is missing."""
        return self.cells.get(column, "").strip()

    @property
    def label(self) -> str:
        """What a report calls it."""
        return f"line {self.line}, {text.excerpt(self.get('Name'), 60) or self.get('SKU') or 'without a name'}"

    @property
    def kinds(self) -> set[str]:
        """Its types, e.g. `simple` and `virtual`."""
        return {kind.strip().casefold() for kind in self.get("Type").split(",")}


@dataclass(slots=True)
class WooProduct:
    """A product and its variations, in the file's order."""

    row: WooRow
    variations: list[WooRow] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many rows it has."""
        return 1 + len(self.variations)


def woo_products(
    path: Path, right: Corrections, *, max_mb: int
) -> tuple[list[WooProduct], list[WooRow]]:
    """The products of a file, and the variations whose product is not in it.

    Raises:
        Refused: it is no such file, or can't be read as one.
    """
    products: list[WooProduct] = []
    variations: list[WooRow] = []
    for row in _rows_of(path, right, max_mb=max_mb):
        if "variation" in row.kinds:
            variations.append(row)
        else:
            products.append(WooProduct(row))
    if not products and not variations:
        raise Refused(_("%(name)s has a header, but no rows.", name=path.name))
    known = {name: each for each in products for name in _names(each.row)}
    lost = [row for row in variations if row.get("Parent") not in known]
    for row in variations:
        if row.get("Parent") in known:
            known[row.get("Parent")].variations.append(row)
    return products, lost


def _names(row: WooRow) -> list[str]:
    return [name for name in (f"id:{row.get('ID')}", row.get("SKU")) if name]


def _rows_of(path: Path, right: Corrections, *, max_mb: int) -> Iterator[WooRow]:
    files.require_harmless(path, max_mb=max_mb)
    if not in_wxr.is_wxr(path):
        yield from _rows(path, right, files.read_text(path, max_mb=max_mb))
        return
    for number, cells in enumerate(in_wxr.rows_in_wxr(path), start=1):
        yield WooRow(number, right.put_right(number, cells))


def _rows(path: Path, right: Corrections, content: str) -> Iterator[WooRow]:
    csv.field_size_limit(LONGEST_CELL)
    heading = content.lstrip("\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading.count)
    table = io.StringIO(content, newline="")
    reader = csv.DictReader(table, restval="", delimiter=delimiter, strict=True)
    reader.fieldnames = [headings.in_english(name) for name in reader.fieldnames or []]
    missing = [name for name in _REQUIRED if name not in (reader.fieldnames or [])]
    if missing:
        raise Refused(
            _(
                "%(name)s is not a WooCommerce product export: it does not have the column %(missing)s. "
                "Where WooCommerce speaks another language, set that of your profile to English, and export again.",
                name=path.name,
                missing=", ".join(missing),
            )
        )
    try:
        for cells in reader:
            said = {name: value for name, value in cells.items() if isinstance(value, str)}
            yield WooRow(reader.line_num, right.put_right(reader.line_num, said))
    except csv.Error as error:
        raise Refused(
            _(
                "%(name)s is damaged near line %(line)s: %(error)s. Nothing was imported.",
                name=path.name,
                line=reader.line_num,
                error=error,
            )
        ) from None
