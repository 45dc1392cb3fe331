"""`shop import`: one command for each importer, whoever brings it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import structlog

from shop.blueprints.importers.formats import recognising
from shop.blueprints.importers.row_guard import run_importer
from shop.core.database import held_together
from shop.core.errors import ends_process
from shop.core.files.storage import nothing_kept
from shop.plugins import registry
from shop.plugins.api import Importer, ImportReport, Refused, unit_of_work

SECONDS_BETWEEN_LINES = 2.0
MOST_ALIKE = 5
_BROKEN_OFF = (
    "The import broke off after %d rows (%s); the log says more. Start it again when the cause is gone: "
    "what came in already is recognised."
)
log = structlog.get_logger(__name__)


class _Imports(click.Group):
    """Commands that are made on demand, because plugins that are loaded later bring importers too."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(importer.name for importer in registry().importers)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        for importer in registry().importers:
            if importer.name == name:
                return _command(importer)
        return None


imports = _Imports(
    "import", help="Import files from other systems. Running an import again changes nothing."
)


class _DryRunEnds(Exception):
    """Ends the unit of work of a dry run, so that all of it is undone."""


def _command(importer: Importer) -> click.Command:
    def run(file: Path, dry_run: bool, **options: Any) -> None:
        report = ImportReport(progress=_Progress())
        try:
            _run(importer, file, report, options, dry_run=dry_run)
        except Refused as refused:
            if report.read:
                _tell(report, dry_run=dry_run)
                raise click.ClickException(refused.message) from None
            why = recognising.with_hint(refused, file, importer.name)
            raise click.ClickException(why) from None
        except BaseException as error:
            if ends_process(error):
                raise
            log.exception("import.failed", importer=importer.name)
            _tell(report, dry_run=dry_run)
            raise click.ClickException(_BROKEN_OFF % (report.read, type(error).__name__)) from None
        _tell(report, dry_run=dry_run)

    file = click.Argument(["file"], type=click.Path(exists=True, path_type=Path))
    dry = click.Option(
        ["--dry-run"], is_flag=True, help="Show what would happen, without changing anything."
    )
    return click.Command(
        importer.name,
        params=[file, *importer.parameters, dry],
        callback=run,
        help=f"{importer.title}.",
    )


def _run(
    importer: Importer, file: Path, report: ImportReport, options: dict[str, Any], *, dry_run: bool
) -> None:
    if dry_run and "fetch_images" in options:
        options["fetch_images"] = False  # it would wait for others while nobody else can write
    if not dry_run:
        run_importer(importer, file, report, options)
        return
    try:
        with unit_of_work() as session, held_together(session), nothing_kept():
            run_importer(importer, file, report, options)
            raise _DryRunEnds  # noqa: TRY301 - it has to pass through the unit
    except _DryRunEnds:
        pass


class _Progress:
    """Says how far a long import is, on the standard error."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def __call__(self, report: ImportReport) -> None:
        if time.monotonic() - self._said_at >= SECONDS_BETWEEN_LINES:
            self._said_at = time.monotonic()
            click.echo(f"... {report.read} read", err=True)


def _tell(report: ImportReport, *, dry_run: bool) -> None:
    for remark in _grouped(report.notes):
        click.echo(f"note     {remark}")
    for refusal in _grouped(report.refusals):
        click.echo(f"refused  {refusal}")
    if dry_run:
        click.echo("Dry run: nothing was written.")
    click.echo(
        f"read {report.read}, imported {report.imported}, unchanged {report.unchanged}, "
        f"refused {len(report.refusals)}"
    )


def _grouped(told: Sequence[str]) -> Iterator[str]:
    """Each line `row: reason`; of more than five with one reason the first five, and how many more there are."""
    rows: dict[str, list[str]] = {}
    for line in told:
        row, _, reason = line.partition(": ")
        rows.setdefault(reason, []).append(row)
    for reason, alike in rows.items():
        for row in alike[:MOST_ALIKE]:
            yield f"{row}: {reason}"
        if len(alike) > MOST_ALIKE:
            yield f"{len(alike) - MOST_ALIKE} more: {reason}"
