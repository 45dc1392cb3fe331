"""What the buyers of an export's orders may download: as often and as long as there, by links of this site."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.catalog.models import ProductFile
from shop.blueprints.downloads.models import DownloadGrant, DownloadRevocation, Stamp
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.parts.sold.downloads import OF_THIS_SITE
from shop.blueprints.importers.bookstall.lines import Said, text_of, values_in
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.orders.models import OrderLine
from shop.core.database import plain_rows
from shop.core.files import storage
from shop.plugins.api import Refused, db, set_row_values

MOST_OF_FILE = 60_000_000


def bring_in_downloads(line: OrderLine, said: Said, bundle: Bundle) -> None:
    """Give the buyer of a line what was given there.

    Raises:
        Refused: a file is not in the export.
    """
    for grant in values_in(said, "downloads"):
        db.session.add(_grant(line, grant, bundle))
    closed_at = plain_rows.moment_of(said.get("downloads_closed_at"))
    if closed_at is not None:
        db.session.add(DownloadRevocation(order_line_id=line.id, at=closed_at))


def _grant(line: OrderLine, said: Said, bundle: Bundle) -> DownloadGrant:
    key = text_of(said, "storage_key")
    entry = f"{layout.FILES}{key}"
    if entry not in bundle.names or storage.keep(bundle.content(entry, most=MOST_OF_FILE)) != key:
        raise Refused(_("a file that its buyer may download is not in the export"))
    file = db.session.scalar(
        select(ProductFile).where(
            ProductFile.storage_key == key, ProductFile.product_id == line.product_id
        )
    )
    grant = DownloadGrant(order_line_id=line.id, product_file_id=file.id if file else None)
    set_row_values(grant, said, leaving_out=OF_THIS_SITE)
    if file is not None and file.is_stamped and file.is_pdf:
        grant.stamp = Stamp.WAITING  # their own copy is made when they ask for it
    return grant
