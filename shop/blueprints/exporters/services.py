"""What happens to exports: asked for, written by a job, deleted after a day."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from shop.blueprints.accounts.models import Account
from shop.blueprints.exporters import static_copy, whole
from shop.blueprints.exporters.models import ExportKind, ExportState, SiteExport
from shop.core import clock
from shop.core.files.storage import store
from shop.core.jobs import JobKind, Lane, Periodic, enqueue
from shop.core.secrets.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

KEPT_FOR = timedelta(hours=24)
WRITE = "exporters.write"
log = structlog.get_logger(__name__)


def ask_for_export(kind: ExportKind, *, by: Account | None) -> SiteExport:
    """Have a file written. While one of this kind is being written, it is that one."""
    known = db.session.scalar(
        select(SiteExport).where(
            SiteExport.kind == kind,
            SiteExport.state == ExportState.WRITING,
            SiteExport.created_at > clock.now() - KEPT_FOR,
        )
    )
    if known is not None:
        return known
    export = SiteExport(kind=kind, by_id=by.id if by else None)
    db.session.add(export)
    db.session.flush()
    enqueue(WRITE, {"export_id": export.id})
    return export


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
        export.expires_at = clock.now() + KEPT_FOR
        for name, value in values.items():
            setattr(export, name, value)


def drop_expired() -> None:
    """Delete the files of exports whose day is over."""
    expired = db.session.scalars(
        select(SiteExport).where(
            SiteExport.state == ExportState.READY, SiteExport.expires_at < clock.now()
        )
    ).all()
    for export in expired:
        store().drop(export.file)
        export.state = ExportState.GONE


JOBS = (
    JobKind(
        WRITE,
        write_export,
        max_attempts=3,
        lease_seconds=3600,
        in_transaction=False,
        lane=Lane.SLOW,
    ),
)
HOUSEKEEPING = Periodic("exporters.drop_expired", timedelta(hours=1), drop_expired, lane=Lane.SLOW)
