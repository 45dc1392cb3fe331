"""What the buyers of an order may download. The links themselves stay here: the other site makes its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from shop.blueprints.downloads.models import DownloadGrant, DownloadRevocation
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.orders.models import OrderLine
from shop.core.files import storage
from shop.plugins.api import NotFound, db, row_values

OF_THIS_SITE = ("token", "stamp", "stamped_key", "stamped_size", "copy_asked_at")
"""What opens a download, and the buyer's own copy, which is made again."""


def grants_of_line(line: OrderLine) -> dict[str, Any]:
    """The permissions of a line, and when they were taken back."""
    grants = db.session.scalars(
        select(DownloadGrant)
        .where(DownloadGrant.order_line_id == line.id)
        .order_by(DownloadGrant.id)
    )
    revoked = db.session.get(DownloadRevocation, line.id)
    return {
        "downloads": [row_values(each, leaving_out=OF_THIS_SITE) for each in grants],
        "downloads_closed_at": revoked.at.isoformat() if revoked else None,
    }


def write_files(archive: Archive) -> None:
    """Write the files that can still be downloaded, those of products that are gone too."""
    for key in db.session.scalars(select(DownloadGrant.storage_key).distinct()).all():
        try:
            archive.add_bytes(f"{layout.FILES}{key}", storage.content_of(key))
        except NotFound:
            continue
