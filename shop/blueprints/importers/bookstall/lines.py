"""Files of an export that have one JSON value a line, as long as they may be."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.row_guard import one_row
from shop.plugins.api import ImportReport, Refused

LONGEST_LINE = 2_000_000
MOST_OF_TABLE = 1_000_000_000

Said = dict[str, Any]


def bring_in_lines(
    bundle: Bundle, name: str, report: ImportReport, what: str, bring_in: Callable[[Said], None]
) -> None:
    """Bring in each line of a file, if it is there, each in a unit of work; `what` it is stands in the report."""
    if name not in bundle.names:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        bundle.copy_to(name, path, most=MOST_OF_TABLE)
        with path.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE), ""), start=1):
                with one_row(report, f"{what} in line {number}"):
                    bring_in(_read(line))


def _read(line: str) -> Said:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise Refused(_("it is not JSON")) from None
    if not isinstance(said, dict):
        raise Refused(_("it has no values by name"))
    return said


def text_of(said: Said, name: str) -> str:
    """A text that has to be there.

    Raises:
        Refused: it is not.
    """
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(_("it does not say its %(name)s", name=name))
    return value


def values_in(said: Said, name: str) -> list[Said]:
    """A list of values by name, without whatever else stands in it."""
    values = said.get(name)
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []
