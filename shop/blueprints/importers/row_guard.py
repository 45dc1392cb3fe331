"""One row on its way in: whatever is wrong with it refuses that row, and the file goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import structlog
from flask_babel import gettext as _
from sqlalchemy.exc import InterfaceError, OperationalError

from shop.plugins.api import Importer, ImportReport, Refused, db, unit_of_work
from shop.plugins.terms.imports import require_true

log = structlog.get_logger(__name__)


def run_importer(
    importer: Importer, file: Path, report: ImportReport, options: Mapping[str, Any]
) -> None:
    """Have an importer bring in a file. Whatever it does, its report holds numbers and texts afterwards.

    Raises:
        TypeError: it has put something else there.
        BaseException: what it raises.
    """
    try:
        importer.run(file, report, **options)
    except BaseException:
        with suppress(TypeError):
            require_true(report)
        raise
    require_true(report)


def one_row(
    report: ImportReport, label: str, *, rows: int = 1
) -> AbstractContextManager[None, bool]:
    """A unit of work for one row of a file, or for `rows` that belong together. What it raises counts as refused.

    An error that nobody foresaw, such as a value that the database can't hold, refuses the row too. Only a database
    that is away ends the import.
    """
    return cast("AbstractContextManager[None, bool]", _guarded(report, label, rows))


@contextmanager
def _guarded(report: ImportReport, label: str, rows: int) -> Iterator[None]:
    before = report.imported, report.unchanged, len(report.refusals), len(report.notes)
    try:
        with unit_of_work(), db.session.begin_nested():
            yield
    except Refused as refused:
        reason = refused.message
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("import.row_failed", row=label)
        reason = _("it can’t be stored (%(error)s)", error=type(error).__name__)
    else:
        return
    _forget_since(report, *before)
    for _row in range(rows):
        report.refuse(label, reason)


def _forget_since(
    report: ImportReport, imported: int, unchanged: int, refusals: int, notes: int
) -> None:
    """Take back what was reported of a row that did not come in after all."""
    report.imported, report.unchanged = imported, unchanged
    del report.refusals[refusals:], report.notes[notes:]
