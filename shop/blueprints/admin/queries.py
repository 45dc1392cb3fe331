"""Questions about mail and jobs."""

from __future__ import annotations

from sqlalchemy import func, select

from shop.core.errors import or_404
from shop.core.jobs import Job, JobState
from shop.core.mail import SEND_JOB, Mail, MailState
from shop.core.pagination import Page, newest_first
from shop.extensions import db

PAGE_SIZE = 50


def mails(*, state: MailState, after: str | None = None) -> Page[Mail]:
    """Mails in a state, newest first."""
    query = select(Mail).where(Mail.state == state)
    return newest_first(query, Mail.id, after=after, size=PAGE_SIZE)


def mail_or_404(mail_id: int) -> Mail:
    """One mail.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Mail, mail_id))


def waiting_mails() -> int:
    """How many mails are not out yet."""
    return db.session.scalar(select(func.count()).where(Mail.state == MailState.WAITING)) or 0


def refused_mails() -> int:
    """How many mails were refused by a mail server."""
    return db.session.scalar(select(func.count()).where(Mail.state == MailState.REFUSED)) or 0


def sending_job(mail: Mail) -> Job | None:
    """The job that sends a mail, unless it is done."""
    return db.session.scalar(
        select(Job)
        .where(
            Job.kind == SEND_JOB,
            Job.state != JobState.DONE,
            Job.payload["mail_id"].as_integer() == mail.id,
        )
        .order_by(Job.id.desc())
        .limit(1)
    )


def jobs(*, state: JobState, after: str | None = None) -> Page[Job]:
    """Jobs in a state, newest first."""
    query = select(Job).where(Job.state == state)
    return newest_first(query, Job.id, after=after, size=PAGE_SIZE)


def job_or_404(job_id: int) -> Job:
    """One job.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Job, job_id))


def dead_jobs() -> int:
    """How many dead letters wait for a decision."""
    return db.session.scalar(select(func.count()).where(Job.state == JobState.DEAD)) or 0
