"""What happens to imports of the admin: checked, started, undone. The work itself is done by jobs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.accounts.models import Account
from shop.blueprints.importers.runs import arrivals, undoing
from shop.blueprints.importers.runs.models import ImportRun, RunState
from shop.core import clock, text
from shop.core.errors import NotFound, Refused
from shop.core.files.storage import store, to_send
from shop.core.jobs import JobKind, Lane, Periodic, enqueue
from shop.core.secrets.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.types import Importer, ImportReport

MOST_MB = 100
MOST_GROUPS = 100
MOST_ROWS = 50
KEPT_FOR = timedelta(days=7)
CHECK_SECONDS = {"sqlite": 3.0}
"""How long a check may hold the one writer of SQLite; elsewhere a minute."""
SAVES_EVERY = 2.0
CHECK, RUN, UNDO = "importers.check", "importers.run", "importers.undo"
log = structlog.get_logger(__name__)
Group = tuple[str, int, list[str]]
Decision = Callable[[ImportRun], None]


class _CheckEnds(BaseException):
    """Ends the unit of work of a check, so that all of it is undone; no guard of a row may hold it up."""


def importer_named(name: str) -> Importer | None:
    """The importer of a name."""
    return next((each for each in registry().importers if each.name == name), None)


def option_names(importer: Importer) -> frozenset[str]:
    """What can be said beside the file."""
    return frozenset(str(each.name) for each in importer.options)


def keep_upload(path: Path) -> str:
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


def check(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: import inside a unit of work that is rolled back, for as long as that may hold others up."""
    run = _run_in(payload, RunState.CHECKING)
    if run is None:
        return None
    seconds = CHECK_SECONDS.get(db.engine.dialect.name, 60.0)
    ends_at = clock.timer() + seconds

    def stop_in_time(_report: ImportReport) -> None:
        if clock.timer() > ends_at:
            raise _CheckEnds

    run.given = {**run.given, "fetch_images": False} if "fetch_images" in run.given else run.given
    report, is_partial, error = ImportReport(progress=stop_in_time), False, ""
    try:
        with unit_of_work():
            error = _bring_in(run, report)
            raise _CheckEnds  # noqa: TRY301 - it has to pass through the unit
    except _CheckEnds:
        is_partial = clock.timer() > ends_at
    return lambda: _settle(run.id, RunState.CHECKED, report, error=error, is_partial=is_partial)


def bring_in(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: import in short units of work. Begun again after a kill, it knows what came in already."""
    run = _run_in(payload, RunState.RUNNING)
    if run is None:
        return None
    report = ImportReport(progress=_Saved(run.id))
    with arrivals.noted(run.id):
        error = _bring_in(run, report)
    state = RunState.FAILED if error else RunState.DONE
    return lambda: _settle(run.id, state, report, error=error)


def undo(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: take back what came in."""
    run = _run_in(payload, RunState.UNDOING)
    if run is None:
        return None
    kept = undoing.take_back(run.id, run.finished_at)
    report = ImportReport()
    if kept:
        report.note("kept", f"{kept} rows were changed here since, or are in use; they stay")
    return lambda: _settle(run.id, RunState.UNDONE, report)


def _run_in(payload: dict[str, Any], state: RunState) -> ImportRun | None:
    run = db.session.get(ImportRun, payload["run_id"])
    if run is None or run.state != state:
        return None
    db.session.expunge(run)  # what it says now is needed; units of work would read it again
    return run


def _bring_in(run: ImportRun, report: ImportReport) -> str:
    """Import; why nothing or not all could come in, or nothing."""
    importer = importer_named(run.importer)
    if importer is None:
        return "There is no such importer any more."
    try:
        with _files_of(run) as (file, mapping):
            given = {str(each.name): _default(each) for each in importer.options} | run.given
            given |= {"mapping": mapping} if "mapping" in given else {}
            given |= {"max_mb": 2000} if "max_mb" in given else {}
            importer.run(file, report, **given)
    except Refused as refused:
        return refused.message
    except NotFound:
        return "The file was deleted. Upload it again."
    except Exception as error:
        log.exception("import.failed", importer=run.importer)
        return f"The import broke off after {report.read} rows ({type(error).__name__})."
    return ""


def _default(option: Any) -> Any:
    value = option.default
    return value if isinstance(value, (str, int, bool)) else (False if option.is_flag else None)


@contextmanager
def _files_of(run: ImportRun) -> Iterator[tuple[Path, Path | None]]:
    """The files as they were called when they were uploaded, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        file = _copied(run.file, Path(folder) / run.file_name)
        yield file, _copied(run.map_file, Path(folder) / "map.csv") if run.map_file else None


def _copied(name: str, path: Path) -> Path:
    stored = to_send(name)
    if isinstance(stored, Path):
        shutil.copyfile(stored, path)
    else:
        path.write_bytes(stored.read())
    return path


class _Saved:
    """Writes down every two seconds how far an import is."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._saved_at = clock.timer()

    def __call__(self, report: ImportReport) -> None:
        if clock.timer() - self._saved_at < SAVES_EVERY:
            return
        self._saved_at = clock.timer()
        with unit_of_work():
            run = db.session.get(ImportRun, self._run_id)
            if run is not None:
                _count(run, report)


def _count(run: ImportRun, report: ImportReport) -> None:
    run.imported, run.unchanged = report.imported, report.unchanged
    run.refused = len(report.refusals)


def _settle(
    run_id: int,
    state: RunState,
    report: ImportReport,
    *,
    error: str = "",
    is_partial: bool = False,
) -> None:
    run = db.session.get(ImportRun, run_id)
    if run is None:
        return
    if state is not RunState.UNDONE:
        _count(run, report)
        run.refusals = grouped(report.refusals)
    run.notes = grouped(report.notes)
    run.state, run.error, run.is_partial = state, error[:500], is_partial
    run.finished_at = clock.now()


def grouped(told: Sequence[str]) -> list[Group]:
    """Lines `row: reason` as groups of one reason each: how many there are, and the first fifty rows."""
    rows: dict[str, list[str]] = {}
    for line in told:
        row, _colon, reason = line.partition(": ")
        rows.setdefault(reason[:300], []).append(row[:120])
    largest = sorted(rows.items(), key=lambda group: -len(group[1]))[:MOST_GROUPS]
    return [(reason, len(alike), alike[:MOST_ROWS]) for reason, alike in largest]


def drop_uploads() -> None:
    """Delete what was uploaded a week ago; the reports stay."""
    old = select(ImportRun).where(
        ImportRun.file != "", ImportRun.created_at < clock.now() - KEPT_FOR
    )
    for run in db.session.scalars(old).all():
        for name in filter(None, (run.file, run.map_file)):
            store().drop(name)
        run.file = run.map_file = ""


JOBS = tuple(
    JobKind(name, handle, max_attempts=3, lease_seconds=7200, in_transaction=False, lane=Lane.SLOW)
    for name, handle in ((CHECK, check), (RUN, bring_in), (UNDO, undo))
)
HOUSEKEEPING = Periodic("importers.drop_uploads", timedelta(hours=6), drop_uploads, lane=Lane.SLOW)
