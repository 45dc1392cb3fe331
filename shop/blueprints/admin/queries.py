"""Questions about mail, jobs and the activity log."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select

from shop.blueprints.accounts.models import Account, Role
from shop.core.activity import ActivityEntry, ActivityKind
from shop.core.errors import or_404
from shop.core.jobs import Job, JobState
from shop.core.mail import SEND_JOB
from shop.core.mail.models import Mail, MailState
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import db

PAGE_SIZE = 50


def activities(
    *, kind: ActivityKind | None, by: int | None, section: str, after: str | None = None
) -> Page[ActivityEntry]:
    """Entries of the activity log, newest first; of one kind, by one account, in one section of the admin."""
    query = select(ActivityEntry)
    if kind is not None:
        query = query.where(ActivityEntry.kind == kind)
    if by is not None:
        query = query.where(ActivityEntry.account_id == by)
    if section:
        query = query.where(ActivityEntry.act.startswith(f"admin.{section}.", autoescape=True))
    return newest_first(query, ActivityEntry.id, after=after, size=PAGE_SIZE)


def accounts_by_id(ids: Collection[int]) -> dict[int, Account]:
    """Those of these accounts that there still are."""
    found = db.session.scalars(select(Account).where(Account.id.in_(ids)))
    return {account.id: account for account in found}


def staff() -> Sequence[Account]:
    """Who works here, by name."""
    query = select(Account).where(Account.role != Role.BUYER).order_by(Account.name, Account.id)
    return db.session.scalars(query).all()


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
    return db.session.scalar(refused_mails_query()) or 0


def refused_mails_query() -> Select[int]:
    """The same, to be asked together with others."""
    return select(func.count()).select_from(Mail).where(Mail.state == MailState.REFUSED)


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
    return db.session.scalar(dead_jobs_query()) or 0


def dead_jobs_query() -> Select[int]:
    """The same, to be asked together with others."""
    return select(func.count()).select_from(Job).where(Job.state == JobState.DEAD)
