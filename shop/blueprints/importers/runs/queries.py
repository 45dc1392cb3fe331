"""Questions about imports of the admin."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from sqlalchemy import select

from shop.blueprints.importers.runs.models import ImportRun
from shop.core.errors import or_404
from shop.plugins.api import db

SHOWN = 30
_LINE = re.compile(r"line (\d{1,9})")
_THREAD = re.compile(r"\((.{1,120})\); use --map")


def newest_runs() -> Sequence[ImportRun]:
    """The newest thirty."""
    return db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(SHOWN)).all()


def run_or_404(run_id: int) -> ImportRun:
    """The import of an id."""
    return or_404(db.session.get(ImportRun, run_id))


def map_to_fill_in(run: ImportRun) -> str:
    """The map as CSV, with empty cells: of threads that found no article, or of the lines of a table."""
    out = io.StringIO()
    table = csv.writer(out)
    for reason, _count, rows in run.refusals:
        thread = _THREAD.search(reason)
        lines = filter(None, map(_LINE.match, rows))
        table.writerows([(thread[1], "")] if thread else [(line[1], "", "") for line in lines])
    return out.getvalue()
