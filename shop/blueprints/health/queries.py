"""What piles up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from shop.core.jobs import Job, JobState
from shop.core.mail.models import Mail, MailState
from shop.plugins.api import db


def jobs_in(state: JobState) -> int:
    """How many jobs are in a state."""
    return db.session.scalar(select(func.count()).select_from(Job).where(Job.state == state)) or 0


def mails_in(state: MailState, *, before: datetime | None = None) -> int:
    """How many mails are in a state; with `before`, how many of those written before."""
    query = select(func.count()).select_from(Mail).where(Mail.state == state)
    if before is not None:
        query = query.where(Mail.created_at < before)
    return db.session.scalar(query) or 0
