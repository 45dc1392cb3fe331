"""A personal copy for each buyer: name and order number are printed at the foot of each page of a PDF.

It is made by a job when the order is paid, and kept for `copy_days` after it was last used; whoever asks for it later
has it made again. Whoever asks before it is made gets a page that asks to wait a moment and reloads automatically.
After `stamp_wait_seconds`, or when the file can't be written on, the plain file is handed over: a buyer who has paid is
not kept waiting for the stamp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import func, select, update

from shop.blueprints.downloads import queries
from shop.blueprints.downloads.models import DownloadGrant, Stamp
from shop.blueprints.downloads.settings import DownloadSettings
from shop.core import clock, jobs, settings
from shop.core.database import rows_changed
from shop.core.files import pdf, storage
from shop.core.jobs import Lane
from shop.core.unit_of_work import after_commit
from shop.plugins.api import JobKind, Periodic, db

log = structlog.get_logger(__name__)

STAMP_JOB = "downloads.stamp"
DROPPED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Handed:
    """What a grant hands over: the key of the file."""

    key: str


def have_stamped(grant_id: int) -> None:
    """Have a buyer's own copy made, after the commit."""
    jobs.enqueue(STAMP_JOB, {"grant_id": grant_id})


def handed(grant: DownloadGrant) -> Handed | None:
    """What is handed over now; None while its buyer's own copy is being made, and has time."""
    if grant.stamp == Stamp.DONE and grant.stamped_key:
        return Handed(grant.stamped_key)
    if grant.stamp == Stamp.WAITING:
        patience = timedelta(seconds=settings.current(DownloadSettings).stamp_wait_seconds)
        if grant.copy_asked_at is None or clock.now() < grant.copy_asked_at + patience:
            return None
    return Handed(grant.storage_key)


def have_stamped_again(grant: DownloadGrant) -> None:
    """Have a copy made that was dropped; several who ask at once have it made once."""
    if grant.copy_asked_at is not None:
        return
    first = rows_changed(
        update(DownloadGrant)
        .where(DownloadGrant.id == grant.id, DownloadGrant.copy_asked_at.is_(None))
        .values(copy_asked_at=clock.now())
    )
    if first:
        have_stamped(grant.id)


def make_copy(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: write on the pages while no transaction is open; returned is the note of where the copy lies.

    Whoever had their data erased meanwhile waits for no copy any more: it is thrown away.
    """
    grant = db.session.get(DownloadGrant, payload["grant_id"])
    if grant is None or grant.stamp != Stamp.WAITING:
        return None
    order = grant.line.order
    line_id, key, line = grant.order_line_id, grant.storage_key, line_for(order.name, order.number)
    db.session.rollback()
    outcome: dict[str, Any]
    try:
        content = pdf.stamp(storage.content_of(key), line)
    except pdf.NotWritable as error:
        log.warning("download.not_stamped", grant=payload["grant_id"], error=repr(error))
        outcome = {"stamp": Stamp.FAILED}
    else:
        outcome = {
            "stamp": Stamp.DONE,
            "stamped_key": storage.keep(content),
            "stamped_size": len(content),
        }

    def note() -> None:
        db.session.execute(
            update(DownloadGrant)
            .where(
                DownloadGrant.order_line_id == line_id,
                DownloadGrant.storage_key == key,
                DownloadGrant.stamp == Stamp.WAITING,
            )
            .values(outcome)
            .execution_options(synchronize_session=False)
        )
        made = outcome.get("stamped_key")
        if made and not queries.is_handed_over(made):
            after_commit(lambda: storage.forget(made))

    return note


def line_for(name: str, number: str) -> str:
    """What is on the pages."""
    if not name:
        return str(_("Order %(number)s", number=number))
    return str(_("For %(name)s · order %(number)s", name=name, number=number))


def forget_copies(order_ids: Iterable[int]) -> None:
    """Throw away the copies of orders that have a name, and have none made. What was bought can still be had."""
    for grant in queries.lock_grants(order_ids):
        key = grant.stamped_key
        grant.stamp, grant.stamped_key, grant.stamped_size = Stamp.NONE, None, None
        if key:
            after_commit(lambda key=key: storage.forget(key))  # type: ignore[misc]


def drop_unused_copies() -> None:
    """Throw away copies that nobody has asked for in `copy_days`: they can be made again, and so do not pile up."""
    last_used = func.max(func.coalesce(DownloadGrant.last_used_at, DownloadGrant.created_at))
    kept_since = clock.now() - timedelta(days=settings.current(DownloadSettings).copy_days)
    unused = (
        select(DownloadGrant.stamped_key)
        .where(DownloadGrant.stamped_key.is_not(None))
        .group_by(DownloadGrant.stamped_key)
        .having(last_used < kept_since)
    )
    keys = db.session.scalars(unused.limit(DROPPED_AT_ONCE)).all()
    dropped = {
        "stamp": Stamp.WAITING,
        "stamped_key": None,
        "stamped_size": None,
        "copy_asked_at": None,
    }
    rows_changed(update(DownloadGrant).where(DownloadGrant.stamped_key.in_(keys)).values(dropped))
    for key in keys:
        after_commit(lambda key=key: storage.forget(key or ""))  # type: ignore[misc]


HOUSEKEEPING = Periodic(
    name="downloads.drop_unused_copies",
    every=timedelta(minutes=10),
    handle=drop_unused_copies,
    lane=Lane.SLOW,
)
JOB = JobKind(name=STAMP_JOB, handle=make_copy, in_transaction=False, lane=Lane.SLOW)
