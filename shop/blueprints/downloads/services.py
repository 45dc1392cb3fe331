"""What happens to grants."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, update

from shop.blueprints.downloads import queries, stamping
from shop.blueprints.downloads.models import DownloadGrant, DownloadRevocation, Stamp
from shop.blueprints.downloads.settings import DownloadSettings
from shop.blueprints.orders.models import Order
from shop.core import clock, settings
from shop.core.database import rows_changed, upsert
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Gone, Refused, db, unit_of_work

RESUME_WITHIN = timedelta(hours=1)


def grant_missing(order: Order) -> None:
    """Make the grants that a paid order lacks. Two callers at once make each of them once."""
    rules = settings.current(DownloadSettings)
    now = clock.now()
    for missing in queries.missing_grants(order):
        file = missing.file
        grant_id = db.session.scalar(
            upsert(DownloadGrant)
            .values(
                order_line_id=missing.line.id,
                product_file_id=file.id,
                issue=1,
                token=random_token(),
                name=file.name,
                version=file.version or "",
                storage_key=file.storage_key,
                media_type=file.media_type,
                size=file.size,
                count=0,
                max_count=rules.link_count,
                expires_at=now + timedelta(days=rules.link_days),
                created_at=now,
                stamp=Stamp.WAITING if file.is_stamped and file.is_pdf else Stamp.NONE,
                copy_asked_at=now,
            )
            .on_conflict_do_nothing(index_elements=["order_line_id", "storage_key", "issue"])
            .returning(DownloadGrant.id)
        )
        if grant_id is not None and file.is_stamped and file.is_pdf:
            stamping.have_stamped(grant_id)


def grants_of(*orders: Order) -> list[DownloadGrant]:
    """What orders' buyer can download now; makes what is missing, so that no link is."""
    lacking = {missing.line.order_id for missing in queries.missing_grants(*orders)}
    if lacking:
        with unit_of_work():
            for order in orders:
                if order.id in lacking:
                    grant_missing(order)
    return queries.newest_grants(*orders)


def require_usable(grant: DownloadGrant) -> None:
    """See that a grant still opens its file, or did so a moment ago; nothing is counted.

    Raises:
        Gone: it has expired, or was used as often as allowed.
    """
    if not grant.is_usable and not _was_just_used(grant):
        raise Gone


def use(grant: DownloadGrant, *, whole: bool) -> None:
    """Begin a download, or go on with one: a part of a file that is asked for soon after its beginning is not counted.

    Raises:
        Gone: the grant has expired, or was used as often as allowed.
    """
    if not whole and _was_just_used(grant):
        return
    now = clock.now()
    used = rows_changed(
        update(DownloadGrant)
        .where(
            DownloadGrant.id == grant.id,
            DownloadGrant.count < DownloadGrant.max_count,
            DownloadGrant.expires_at > now,
        )
        .values(count=DownloadGrant.count + 1, last_used_at=now)
    )
    if used != 1:
        raise Gone


def _was_just_used(grant: DownloadGrant) -> bool:
    return grant.last_used_at is not None and grant.last_used_at > clock.now() - RESUME_WITHIN


def renew(grant: DownloadGrant) -> DownloadGrant:
    """A new grant for the same file, when this one has ended; the same one while it still works.

    Raises:
        Refused: there were too many already.
    """
    if grant.is_usable:
        return grant
    rules = settings.current(DownloadSettings)
    if grant.issue > rules.renewals:
        raise Refused(_("You have already had many links for this file. Please contact us."))
    values = {
        column.key: getattr(grant, column.key)
        for column in DownloadGrant.__table__.columns
        if column.key not in {"id", "token", "created_at", "count", "last_used_at"}
    }
    now = clock.now()
    values |= {
        "issue": grant.issue + 1,
        "token": random_token(),
        "count": 0,
        "max_count": rules.link_count,
        "expires_at": now + timedelta(days=rules.link_days),
        "created_at": now,
    }
    db.session.execute(
        upsert(DownloadGrant)
        .values(values)
        .on_conflict_do_nothing(index_elements=["order_line_id", "storage_key", "issue"])
    )
    return queries.newest_like(grant)


def close_what_was_paid_back(order: Order, refund_id: int | None = None) -> None:
    """Close the downloads of lines whose money went back, and open those again whose money is ours after all."""
    wanted, closed = queries.refunded_lines(order), queries.revoked(order)
    for line_id in wanted - closed:
        db.session.execute(
            upsert(DownloadRevocation)
            .values(order_line_id=line_id, refund_id=refund_id, at=clock.now())
            .on_conflict_do_nothing(index_elements=["order_line_id"])
        )
    db.session.execute(
        delete(DownloadRevocation)
        .where(DownloadRevocation.order_line_id.in_(closed - wanted))
        .execution_options(synchronize_session=False)
    )
