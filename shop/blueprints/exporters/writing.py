"""The job of exports: the file is written, and stored."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from shop.blueprints.exporters import services, static_copy, whole
from shop.blueprints.exporters.models import ExportKind, ExportState, SiteExport
from shop.core import clock
from shop.core.files.storage import store
from shop.core.jobs import Lane
from shop.core.secrets.tokens import random_token
from shop.plugins.api import JobKind, db, unit_of_work

log = structlog.get_logger(__name__)


def write_export(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: write the file and store it; returns what notes it. Called again, it begins anew."""
    export = db.session.get(SiteExport, payload["export_id"])
    if export is None or not export.is_busy:
        return None
    export_id, kind = export.id, ExportKind(export.kind)
    name = f"exports/{random_token().lower()}.zip"
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "export.zip"
            if kind is ExportKind.STATIC:
                counts = static_copy.write_static_copy(path)
            else:
                counts = whole.write_everything(path, lambda part: _note_part(export_id, part))
            size = path.stat().st_size
            store().put_file(name, path)
    except Exception:
        log.exception("export.failed", export=export_id)
        return lambda: _settle(export_id, ExportState.FAILED)
    return lambda: _settle(export_id, ExportState.READY, file=name, size=size, counts=dict(counts))


def _note_part(export_id: int, part: str) -> None:
    with unit_of_work():
        export = db.session.get(SiteExport, export_id)
        if export is not None:
            export.part = part


def _settle(export_id: int, state: ExportState, **values: Any) -> None:
    export = db.session.get(SiteExport, export_id)
    if export is not None:
        export.state, export.part = state, ""
        export.expires_at = clock.now() + services.KEPT_FOR
        for name, value in values.items():
            setattr(export, name, value)


JOBS = (
    JobKind(
        services.WRITE,
        write_export,
        max_attempts=3,
        lease_seconds=3600,
        in_transaction=False,
        lane=Lane.SLOW,
    ),
)
