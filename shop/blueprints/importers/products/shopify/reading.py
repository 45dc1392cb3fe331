"""Reads the CSV file into products, and checks each cell that we use."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask_babel import gettext as _

from shop.blueprints.importers.formats import files
from shop.blueprints.importers.formats.corrections import Corrections
from shop.core import text
from shop.plugins.api import Refused

LONGEST_CELL = 500_000
_DELIMITERS = ",;\t"
_REQUIRED = ("Handle", "Title", "Variant Price")
# Names of the same columns in newer exports and in other languages.
_OTHER_NAMES = {
    "url handle": "Handle",
    "description": "Body (HTML)",
    "published on online store": "Published",
    "sku": "Variant SKU",
    "barcode": "Variant Barcode",
    "price": "Variant Price",
    "compare-at price": "Variant Compare At Price",
    "inventory tracker": "Variant Inventory Tracker",
    "inventory quantity": "Variant Inventory Qty",
    "continue selling when out of stock": "Variant Inventory Policy",
    "weight value (grams)": "Variant Grams",
    "requires shipping": "Variant Requires Shipping",
    "product image url": "Image Src",
    "image position": "Image Position",
    "image alt text": "Image Alt Text",
    "variant image url": "Variant Image",
    "option1 name": "Option1 Name",
    "option1 value": "Option1 Value",
    "option2 name": "Option2 Name",
    "option2 value": "Option2 Value",
    "option3 name": "Option3 Name",
    "option3 value": "Option3 Value",
}


@dataclass(slots=True)
class CsvRow:
    """One line of the table; `line` is where it begins in the file, counted from 1."""

    line: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """A cell without the white space around it; empty when the column is missing."""
        return self.cells.get(column, "").strip()

    @property
    def is_variant(self) -> bool:
        """Whether it brings a variant, and is not only a picture."""
        return bool(
            self.get("Variant Price") or self.get("Variant SKU") or self.get("Option1 Value")
        )

    @property
    def label(self) -> str:
        """What a report calls it."""
        return f"line {self.line}, {text.excerpt(self.get('Handle'), 60) or 'without a handle'}"


@dataclass(slots=True)
class ProductRows:
    """The rows of one product, in the file's order."""

    handle: str
    rows: list[CsvRow] = field(default_factory=list)

    @property
    def first(self) -> CsvRow:
        """The row that says everything."""
        return self.rows[0]


def product_rows(path: Path, right: Corrections, *, max_mb: int) -> list[ProductRows]:
    """The products of a file; rows without a handle are a group of their own each.

    Raises:
        Refused: it is no such file, or can't be read as one.
    """
    found: dict[str, ProductRows] = {}
    for row in _rows(path, right, files.read_text(path, max_mb=max_mb)):
        handle = row.get("Handle")
        key = handle.casefold() if handle else f"\n{row.line}"
        found.setdefault(key, ProductRows(handle)).rows.append(row)
    if not found:
        raise Refused(_("%(name)s has a header, but no rows.", name=path.name))
    return list(found.values())


def _rows(path: Path, right: Corrections, content: str) -> Iterator[CsvRow]:
    heading = content.lstrip("\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [_column(name) for name in next(reader, [])]
        _require(path, columns)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) > len(columns):
                    raise Refused(
                        _(
                            "Line %(line)s of %(name)s has %(count)s cells, but there are %(columns)s columns. "
                            "Nothing was imported.",
                            line=line,
                            name=path.name,
                            count=len(cells),
                            columns=len(columns),
                        )
                    )
                yield CsvRow(line, right.put_right(line, dict(zip(columns, cells, strict=False))))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Refused(
            _(
                "%(name)s is damaged near line %(line)s: %(error)s. Nothing was imported.",
                name=path.name,
                line=reader.line_num,
                error=error,
            )
        ) from None


def _column(name: str) -> str:
    name = text.clean_line(name)
    return _OTHER_NAMES.get(name.casefold(), name)


def _require(path: Path, columns: list[str]) -> None:
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        raise Refused(
            _(
                "%(name)s is not a Shopify product export: it does not have the column %(missing)s.",
                name=path.name,
                missing=", ".join(missing),
            )
        )
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise Refused(_("%(name)s has two columns called %(twice)s.", name=path.name, twice=twice))
