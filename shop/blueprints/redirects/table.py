"""Redirects as a CSV file: two columns that matter, the old address and the page; more are ignored."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask_babel import gettext as _

from shop.blueprints.redirects import queries, services
from shop.plugins.api import Refused

MOST_ROWS = 20_000
COLUMNS = ("from", "to", "hits")
_FROM = {"from", "source", "redirect from", "old"}


@dataclass(slots=True)
class TableReport:
    """What became of the rows: how many lead on now, and why others do not, by line."""

    kept: int = 0
    refusals: list[str] = field(default_factory=list)


def as_table() -> Iterator[str]:
    """Every redirect, line by line."""
    yield _csv_line(COLUMNS)
    for row in queries.every_redirect():
        yield _csv_line((row.source, row.target, row.hits))


def _csv_line(cells: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def take_table(written: str) -> TableReport:
    """Take redirects from a file, each row for itself. A first line with names of columns is passed over.

    Raises:
        Refused: it is no table, or has more than 20,000 rows.
    """
    report = TableReport()
    try:
        for line, cells in enumerate(
            csv.reader(io.StringIO(written, newline=""), strict=True), start=1
        ):
            if line > MOST_ROWS:
                raise Refused(
                    _("The file has too many rows; the limit is %(most)s.", most=f"{MOST_ROWS:,}")
                )
            if any(cells) and not (line == 1 and cells[0].strip().casefold() in _FROM):
                _take(line, cells, report)
    except csv.Error:
        raise Refused(_("This is not a CSV file.")) from None
    if not report.kept and not report.refusals:
        raise Refused(_("The file contains no redirects."))
    return report


def _take(line: int, cells: list[str], report: TableReport) -> None:
    source, target, *_more = [*cells, ""]
    try:
        services.lead_on(source, target)
    except Refused as refused:
        report.refusals.append(_("Line %(line)d: %(reason)s", line=line, reason=refused.message))
    else:
        report.kept += 1
