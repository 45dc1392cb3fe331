"""What happens to grants."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shop.blueprints.downloads import queries
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.downloads.settings import DownloadSettings
from shop.blueprints.orders import services as order_services
from shop.blueprints.orders.events import OrderPaid
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import read_again
from shop.core import clock, settings
from shop.core.errors import Gone, Refused
from shop.core.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

RESUME_WITHIN = timedelta(hours=1)


def deliver(event: OrderPaid) -> None:
    """Grant what a paid order is entitled to; one that is all downloads is thereby fulfilled."""
    order = read_again(event.order_id)
    grant_missing(order)
    if not order.needs_shipping:
        order_services.fulfil(order, why=_("Delivered as downloads"))


def grant_missing(order: Order) -> None:
    """Make the grants that a paid order lacks. Two callers at once make each of them once."""
    rules = settings.current(DownloadSettings)
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    now = clock.now()
    for missing in queries.missing_grants(order):
        db.session.execute(
            insert(DownloadGrant)
            .values(
                order_line_id=missing.line.id,
                product_file_id=missing.file.id,
                issue=1,
                token=random_token(),
                name=missing.file.name,
                version=missing.file.version or "",
                storage_key=missing.file.storage_key,
                media_type=missing.file.media_type,
                size=missing.file.size,
                count=0,
                max_count=rules.link_count,
                expires_at=now + timedelta(days=rules.link_days),
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["order_line_id", "storage_key", "issue"])
        )


def grants_of(order: Order) -> list[DownloadGrant]:
    """What an order's buyer can download now; makes what is missing, so that no link is."""
    if queries.missing_grants(order):
        with unit_of_work():
            grant_missing(order)
    return queries.newest_grants(order)


def use(grant: DownloadGrant, *, whole: bool) -> None:
    """Begin a download, or go on with one: a part of a file that is asked for soon after its beginning is not counted.

    Raises:
        Gone: the grant has expired, or was used as often as allowed.
    """
    now = clock.now()
    if not whole and grant.last_used_at is not None and grant.last_used_at > now - RESUME_WITHIN:
        return
    used = db.session.execute(
        update(DownloadGrant)
        .where(
            DownloadGrant.id == grant.id,
            DownloadGrant.count < DownloadGrant.max_count,
            DownloadGrant.expires_at > now,
        )
        .values(count=DownloadGrant.count + 1, last_used_at=now)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise Gone


def renew(grant: DownloadGrant) -> DownloadGrant:
    """A new grant for the same file, when this one has ended; the same one while it still works.

    Raises:
        Refused: there were too many already.
    """
    if grant.is_usable:
        return grant
    rules = settings.current(DownloadSettings)
    if grant.issue > rules.renewals:
        raise Refused(_("There were many links for this file already. Please write to us."))
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
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
        insert(DownloadGrant)
        .values(values)
        .on_conflict_do_nothing(index_elements=["order_line_id", "storage_key", "issue"])
    )
    return queries.newest_like(grant)
