"""The jobs of imports: a file is tried, brought in, and taken back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.importers.formats import recognising
from shop.blueprints.importers.row_guard import run_importer
from shop.blueprints.importers.runs import arrivals, services, undoing
from shop.blueprints.importers.runs.models import ImportRun, RunState
from shop.core import clock, settings
from shop.core.database import held_together, undone_after
from shop.core.errors import ends_process
from shop.core.files.storage import nothing_kept, to_send
from shop.core.jobs import Lane
from shop.core.site import SiteSettings, site
from shop.plugins.api import ImportReport, JobKind, NotFound, Refused, db, unit_of_work

MOST_GROUPS = 100
MOST_ROWS = 50
CHECK_SECONDS = {"sqlite": 3.0}
"""How long a check may hold the one writer of SQLite; elsewhere a minute."""
SPARE_SECONDS = 1.0
"""How much longer one of its rows may take, or an importer that tells of none: then what it wrote is undone."""
SAVES_EVERY = 2.0
log = structlog.get_logger(__name__)
MENUS = ("top_menu", "bottom_menu")
Group = tuple[str, int, list[str]]


class _CheckEnds(BaseException):
    """Ends the unit of work of a check, so that all of it is undone; no guard of a row may hold it up."""


def try_file(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: import inside a unit of work that is rolled back, for as long as that may hold others up."""
    run = _run_in(payload, RunState.CHECKING)
    if run is None:
        return None
    seconds = CHECK_SECONDS.get(db.engine.dialect.name, 60.0)
    ends_at = clock.timer() + seconds

    def stop_in_time(_report: ImportReport) -> None:
        if clock.timer() > ends_at:
            raise _CheckEnds

    # Images are neither fetched nor unpacked, while nobody else can write.
    run.given = {name: run.given[name] for name in run.given.keys() - {"fetch_images", "uploads"}}
    report, is_partial, error = ImportReport(progress=stop_in_time), False, ""
    try:
        with (
            unit_of_work() as session,
            held_together(session),
            nothing_kept(),
            undone_after(seconds + SPARE_SECONDS),
        ):
            error = _bring_in(run, report, is_over=lambda: clock.timer() > ends_at)
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
    before = _menus()
    with arrivals.noted(run.id):
        error = _bring_in(run, report)
    changed = {name: lines for name, lines in _menus().items() if lines != before[name]}
    state = RunState.FAILED if error else RunState.DONE
    return lambda: _settle(run.id, state, report, error=error, menus=changed)


def _menus() -> dict[str, list[str]]:
    return {name: list(getattr(site(), name)) for name in MENUS}


def undo_import(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: take back what came in."""
    run = _run_in(payload, RunState.UNDOING)
    if run is None:
        return None
    with unit_of_work():
        for name, lines in run.given.get("menus", {}).items():
            if lines == _menus()[name]:
                settings.change(SiteSettings, {name: ()})
    kept = undoing.take_import_back(run.id, run.finished_at)
    report = ImportReport()
    if kept:
        report.note(
            _("kept"),
            ngettext(
                "%(num)d row was changed here since, or is in use; it stays",
                "%(num)d rows were changed here since, or are in use; they stay",
                kept,
            ),
        )
    return lambda: _settle(run.id, RunState.UNDONE, report)


def _run_in(payload: dict[str, Any], state: RunState) -> ImportRun | None:
    run = db.session.get(ImportRun, payload["run_id"])
    if run is None or run.state != state:
        return None
    db.session.expunge(run)  # what it says now is needed; units of work would read it again
    return run


def _bring_in(
    run: ImportRun, report: ImportReport, *, is_over: Callable[[], bool] = lambda: False
) -> str:
    """Import; why nothing or not all could come in, or nothing. What fails when the time `is_over` failed for that."""
    importer = services.importer_named(run.importer)
    if importer is None:
        return str(_("There is no such importer any more."))
    try:
        with _files_of(run) as (file, beside):
            given = {str(each.name): _default(each) for each in importer.parameters}
            given |= {name: run.given[name] for name in run.given.keys() - {"menus"}}
            given |= {name: beside.get(name) for name in ("mapping", "uploads") if name in given}
            given |= {"max_mb": 2000} if "max_mb" in given else {}
            try:
                run_importer(importer, file, report, given)
            except Refused as refused:
                if report.read:
                    raise
                return recognising.with_hint(refused, file, run.importer)
    except Refused as refused:
        return refused.message
    except NotFound:
        return str(_("The file was deleted. Upload it again."))
    except BaseException as error:
        if ends_process(error) or isinstance(error, _CheckEnds):
            raise
        if is_over():
            raise _CheckEnds from None
        log.exception("import.failed", importer=run.importer)
        said: str = ngettext(
            "The import broke off after %(num)d row (%(error)s).",
            "The import broke off after %(num)d rows (%(error)s).",
            report.read,
            error=type(error).__name__,
        )
        return said
    return ""


def _default(option: Any) -> Any:
    value = option.default
    return value if isinstance(value, (str, int, bool)) else (False if option.is_flag else None)


@contextmanager
def _files_of(run: ImportRun) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The file as it was called when it was uploaded, and those beside it by the options that they are for; gone
    afterwards.
    """
    beside: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as others:
        file = _copied(run.file, Path(folder) / run.file_name)
        if run.map_file:
            beside["mapping"] = _copied(run.map_file, Path(others) / "map.csv")
        if run.given.get("uploads"):
            beside["uploads"] = str(_copied(run.given["uploads"], Path(others) / "images.zip"))
        yield file, beside


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
    menus: Mapping[str, list[str]] | None = None,
) -> None:
    run = db.session.get(ImportRun, run_id)
    if run is None:
        return
    if state is not RunState.UNDONE:
        _count(run, report)
        run.refusals = grouped(report.refusals)
    run.notes = grouped(report.notes)
    if menus:  # so that they can be taken back
        run.given = {**run.given, "menus": menus}
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


JOBS = tuple(
    JobKind(name, handle, max_attempts=3, lease_seconds=7200, in_transaction=False, lane=Lane.SLOW)
    for name, handle in (
        (services.CHECK, try_file),
        (services.RUN, bring_in),
        (services.UNDO, undo_import),
    )
)
