"""What happens to exports: asked for, written by a job (`writing`), deleted after a day."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from shop.blueprints.accounts.models import Account
from shop.blueprints.exporters.models import ExportKind, ExportState, SiteExport
from shop.core import clock
from shop.core.files.storage import store
from shop.core.jobs import Lane
from shop.plugins.api import Periodic, db, enqueue

KEPT_FOR = timedelta(hours=24)
WRITE = "exporters.write"


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


HOUSEKEEPING = Periodic("exporters.drop_expired", timedelta(hours=1), drop_expired, lane=Lane.SLOW)
