"""What downloads do about facts: deliver what was paid, close what was refunded, tell of new versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from shop.blueprints.catalog.models import FileVersion
from shop.blueprints.downloads import queries, services, stamping
from shop.blueprints.downloads.models import VersionNews
from shop.blueprints.orders import fulfilment
from shop.blueprints.orders import mails as order_mails
from shop.blueprints.orders.models import Order
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
NEWS_AT_ONCE = 25


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


def tell_owners(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: render the mails to some buyers; what is returned queues them, and leaves the next buyers to a job of
    their own. Each address is told once.
    """
    version = _newest(payload["version_id"])
    if version is None:
        return None  # taken away, or replaced by a newer one, whose buyers are told separately
    lines = queries.owners(version.file.product_id, after=payload["after"], limit=NEWS_AT_ONCE)
    copies: dict[str, tuple[int, mail.WrittenMail]] = {}
    for line in lines:
        order: Order = line.order
        if not (order.is_erased or order.email in copies):
            context = {"order": order, "line": line, "version": version}
            written = mail.write("download-version", order.email, context)
            copies[order.email] = (order.id, written)
    after = lines[-1].id if len(lines) == NEWS_AT_ONCE else None
    return partial(_tell, version.id, copies, after)


def _newest(version_id: int) -> FileVersion | None:
    version = db.session.get(FileVersion, version_id)
    return version if version and version.storage_key == version.file.storage_key else None


def _tell(
    version_id: int, copies: Mapping[str, tuple[int, mail.WrittenMail]], after: int | None
) -> None:
    if _newest(version_id) is None:
        return
    fresh = _note_told(version_id, copies)
    for email in fresh:
        order_mails.queue_about(*copies[email])
    db.session.execute(
        update(FileVersion)
        .where(FileVersion.id == version_id)
        .values(told=FileVersion.told + len(fresh))
        .execution_options(synchronize_session=False)
    )
    if after is not None:
        jobs.enqueue(NEWS_JOB, {"version_id": version_id, "after": after})


def _note_told(version_id: int, copies: Mapping[str, tuple[int, mail.WrittenMail]]) -> list[str]:
    """The addresses that nobody has told yet, and whose owners were not forgotten while the mails were rendered."""
    orders = [order_id for order_id, _written in copies.values()]
    there = select(Order.email).where(Order.id.in_(orders), Order.email.in_(copies))
    rows = [
        {"version_id": version_id, "email": email}
        for email in sorted(db.session.scalars(there.distinct()))
    ]
    if not rows:
        return []
    noted = upsert(VersionNews).values(rows).on_conflict_do_nothing()
    return sorted(db.session.scalars(noted.returning(VersionNews.email)))


def forget_told(email: str) -> None:
    """Forget that someone was told about new versions."""
    db.session.execute(
        delete(VersionNews)
        .where(VersionNews.email == normal_address(email))
        .execution_options(synchronize_session=False)
    )


JOB = JobKind(name=NEWS_JOB, handle=tell_owners, lane=Lane.SLOW, in_transaction=False)
