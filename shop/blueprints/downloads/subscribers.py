"""What downloads do about facts: deliver what was paid, close what was refunded, tell of new versions."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, update

from shop.blueprints.catalog.models import FileVersion
from shop.blueprints.downloads import queries, services, stamping
from shop.blueprints.downloads.models import VersionNews
from shop.blueprints.orders import fulfilment
from shop.blueprints.orders import mails as order_mails
from shop.blueprints.orders.models import Order, OrderLine
from shop.blueprints.orders.queries import read_again
from shop.core import jobs, mail
from shop.core.database import upsert
from shop.core.jobs import Lane
from shop.core.mail.mailboxes import normal_address
from shop.plugins.api import JobKind, db
from shop.plugins.api.events import (
    DisputeClosed,
    NewVersionAnnounced,
    OrderErased,
    OrderPaid,
    OrderRefunded,
    RefundFailed,
)

NEWS_JOB = "downloads.tell_owners"
NEWS_AT_ONCE = 25  # a batch is one transaction, and SQLite has one writer


def deliver_order(event: OrderPaid) -> None:
    """Grant what a paid order is entitled to; one that is all downloads is thereby fulfilled."""
    order = read_again(event.order_id)
    services.grant_missing(order)
    if not order.needs_shipping:
        fulfilment.hand_over_downloads(order, why=_("Delivered as downloads"))


def close_refunded(event: OrderRefunded) -> None:
    """Money went back: close what it had opened."""
    services.close_what_was_paid_back(read_again(event.order_id), event.refund_id)


def open_again(event: RefundFailed) -> None:
    """Money did not go back after all: what it had opened is open again."""
    services.close_what_was_paid_back(read_again(event.order_id), event.refund_id)


def close_disputed(event: DisputeClosed) -> None:
    """A bank decided about the money."""
    services.close_what_was_paid_back(read_again(event.order_id))


def forget_copies_of_person(event: OrderErased) -> None:
    """Forget the name on what was paid after its buyer had asked to be forgotten."""
    stamping.forget_copies([event.order_id])


def announce_new_version(event: NewVersionAnnounced) -> None:
    """Begin to tell those who bought a file of its new version."""
    jobs.enqueue(NEWS_JOB, {"version_id": event.version_id, "after": 0})


def tell_owners(payload: dict[str, Any]) -> None:
    """The job: write to some buyers, and leave the next ones to a job of their own. Each address is told once."""
    version = db.session.get(FileVersion, payload["version_id"])
    if version is None or version.storage_key != version.file.storage_key:
        return  # taken away, or replaced by a newer one, whose buyers are told separately
    lines = queries.owners(version.file.product_id, after=payload["after"], limit=NEWS_AT_ONCE)
    told = sum(_tell(version, line) for line in lines)
    db.session.execute(
        update(FileVersion)
        .where(FileVersion.id == version.id)
        .values(told=FileVersion.told + told)
        .execution_options(synchronize_session=False)
    )
    if len(lines) == NEWS_AT_ONCE:
        jobs.enqueue(NEWS_JOB, {"version_id": version.id, "after": lines[-1].id})


def _tell(version: FileVersion, line: OrderLine) -> bool:
    order: Order = line.order
    if order.is_erased:
        return False
    noted = db.session.scalar(
        upsert(VersionNews)
        .values(version_id=version.id, email=order.email)
        .on_conflict_do_nothing()
        .returning(VersionNews.email)
    )
    if noted is None:
        return False
    written = mail.queue(
        "download-version", order.email, {"order": order, "line": line, "version": version}
    )
    order_mails.link_mail(order, written)
    return True


def forget_told(email: str) -> None:
    """Forget that someone was told about new versions."""
    db.session.execute(
        delete(VersionNews)
        .where(VersionNews.email == normal_address(email))
        .execution_options(synchronize_session=False)
    )


JOB = JobKind(name=NEWS_JOB, handle=tell_owners, lane=Lane.SLOW)
