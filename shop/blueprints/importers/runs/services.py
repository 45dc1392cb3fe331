"""What happens to imports of the admin: checked, started, undone. `working` does the work, in jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.accounts.models import Account
from shop.blueprints.importers.runs.models import ImportRun, RunState
from shop.core import clock, text
from shop.core.files.storage import store
from shop.core.jobs import Lane
from shop.core.secrets.tokens import random_token
from shop.plugins import registry
from shop.plugins.api import Importer, Periodic, Refused, db, enqueue

MOST_MB = 100
KEPT_FOR = timedelta(days=7)
CHECK, RUN, UNDO = "importers.check", "importers.run", "importers.undo"
Decision = Callable[[ImportRun], None]


def importer_named(name: str) -> Importer | None:
    """The importer of a name."""
    return next((each for each in registry().importers if each.name == name), None)


def option_names(importer: Importer) -> frozenset[str]:
    """What can be said beside the file."""
    return frozenset(str(each.name) for each in importer.parameters)


def store_file_to_import(path: Path) -> str:
    """Store an uploaded file; its name in the store. Before a unit of work."""
    name = f"imports/{random_token().lower()}"
    store().put_file(name, path)
    return name


def begin_check(
    importer: Importer, file: str, file_name: str, given: Mapping[str, Any], *, by: Account | None
) -> ImportRun:
    """Have a file tried: nothing of it stays."""
    run = ImportRun(
        importer=importer.name,
        file=file,
        file_name=text.clean_line(PurePath(file_name).name)[:200] or "file",
        given=dict(given),
        by_id=by.id if by else None,
    )
    db.session.add(run)
    db.session.flush()
    enqueue(CHECK, {"run_id": run.id})
    return run


def check_again(run: ImportRun, *, map_file: str = "") -> None:
    """Try it again, with another map perhaps.

    Raises:
        Refused: a job works on it, or its file was deleted.
    """
    if not run.can_be_checked:
        raise Refused(_("This can’t be done now."))
    run.map_file = map_file or run.map_file
    run.state = RunState.CHECKING
    enqueue(CHECK, {"run_id": run.id})


def start_run(run: ImportRun) -> None:
    """Bring it in.

    Raises:
        Refused: it was not checked, or its file was deleted.
    """
    if not run.can_start:
        raise Refused(_("This can’t be done now."))
    run.state = RunState.RUNNING
    run.imported = run.unchanged = run.refused = 0
    enqueue(RUN, {"run_id": run.id})


def undo_run(run: ImportRun) -> None:
    """Take back what it brought.

    Raises:
        Refused: it brought nothing, or a job works on it.
    """
    if not run.can_be_undone:
        raise Refused(_("This can’t be done now."))
    run.state = RunState.UNDOING
    enqueue(UNDO, {"run_id": run.id})


def drop_uploads() -> None:
    """Delete what was uploaded a week ago; the reports stay."""
    old = select(ImportRun).where(
        ImportRun.file != "", ImportRun.created_at < clock.now() - KEPT_FOR
    )
    for run in db.session.scalars(old).all():
        for name in filter(None, (run.file, run.map_file, run.given.get("uploads"))):
            store().drop(name)
        run.file = run.map_file = ""


HOUSEKEEPING = Periodic("importers.drop_uploads", timedelta(hours=6), drop_uploads, lane=Lane.SLOW)
