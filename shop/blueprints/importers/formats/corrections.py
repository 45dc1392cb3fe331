"""`--map` of tables: cells that a file has wrong, put right while it is read, without touching the file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import click
from flask_babel import gettext as _

from shop.blueprints.importers.formats import files
from shop.plugins.api import Refused

MOST_MB = 2

table_map_option = click.Option(
    ["--map", "mapping"],
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file with three columns: the number of a line, the name of a column, and the right value.",
)


class Corrections:
    """What the cells of a table are to say, by line and column; the names of columns in any case.

    Raises:
        Refused: the map is no such table.
    """

    def __init__(self, mapping: Path | None) -> None:
        self._cells: dict[int, dict[str, str]] = {}
        for row in rows_of_map(mapping) if mapping else ():
            line = row[0].strip().removeprefix("line ")
            if len(row) < 3 or not line.isdecimal():
                raise Refused(
                    _(
                        "--map: %(value)s is not a line, a column and a value.",
                        value=", ".join(row)[:80],
                    )
                )
            self._cells.setdefault(int(line), {})[row[1].strip().casefold()] = row[2]

    def put_right(self, line: int, cells: Mapping[str, str]) -> dict[str, str]:
        """The cells of a line as they are to be."""
        right = self._cells.get(line)
        if right is None:
            return dict(cells)
        return {name: right.get(name.casefold(), value) for name, value in cells.items()}


def rows_of_map(mapping: Path) -> list[list[str]]:
    """The rows of a map that say anything.

    Raises:
        Refused: it is no CSV file.
    """
    lines = files.read_text(mapping, max_mb=MOST_MB).splitlines()
    try:
        return [row for row in csv.reader(lines, strict=True) if any(cell.strip() for cell in row)]
    except csv.Error:
        raise Refused(_("--map is not a CSV file.")) from None
