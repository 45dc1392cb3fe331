"""What piles up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, select

from shop.core import clock
from shop.core.jobs import Job, JobState
from shop.core.mail import Mail, MailState
from shop.extensions import db


def jobs_in(state: JobState) -> int:
    """How many jobs are in a state."""
    return db.session.scalar(select(func.count()).select_from(Job).where(Job.state == state)) or 0


def seconds_behind() -> float:
    """For how long the oldest job that is due has waited; 0 when none is.

    A periodic job is due from the beginning of its slot, though it was written later, and has waited since then only.
    """
    waits_since = case((Job.created_at > Job.run_at, Job.created_at), else_=Job.run_at)
    oldest: datetime | None = db.session.scalar(
        select(func.min(waits_since)).where(
            Job.state == JobState.WAITING, Job.run_at <= clock.now()
        )
    )
    return (clock.now() - oldest).total_seconds() if oldest is not None else 0.0


def mails_in(state: MailState, *, before: datetime | None = None) -> int:
    """How many mails are in a state; with `before`, how many of those written before."""
    query = select(func.count()).select_from(Mail).where(Mail.state == state)
    if before is not None:
        query = query.where(Mail.created_at < before)
    return db.session.scalar(query) or 0
