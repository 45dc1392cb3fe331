"""Questions about exports."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from shop.blueprints.exporters.models import SiteExport
from shop.core.errors import or_404
from shop.plugins.api import db

SHOWN = 20


def newest_exports() -> Sequence[SiteExport]:
    """The newest twenty."""
    return db.session.scalars(select(SiteExport).order_by(SiteExport.id.desc()).limit(SHOWN)).all()


def export_or_404(export_id: int) -> SiteExport:
    """The export of an id."""
    return or_404(db.session.get(SiteExport, export_id))
