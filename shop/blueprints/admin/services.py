"""What the owner does to mail and jobs, and hears of plugins."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from sqlalchemy import delete

from shop.blueprints.accounts.queries import address_of_owner
from shop.blueprints.admin import failures, queries
from shop.core import jobs
from shop.core.database import rows_changed
from shop.core.jobs import Job, JobState
from shop.core.mail import SEND_JOB
from shop.core.mail.models import Mail, MailState
from shop.plugins import registry
from shop.plugins.api import Refused, prepare_mail
from shop.plugins.api.events import PluginPartFailed


def send_again(mail: Mail) -> None:
    """Try a mail that is not out yet now, once: by the job that it has, or by a new one.

    Raises:
        Refused: it is out already.
    """
    if mail.state == MailState.SENT:
        raise Refused(_("This email has already been sent."))
    mail.state = MailState.WAITING
    mail.error = None
    job = queries.sending_job(mail)
    if job is None:
        jobs.enqueue(SEND_JOB, {"mail_id": mail.id})
    else:
        try_again(job)


def try_again(job: Job) -> None:
    """Run a job that is not done as soon as possible, with all its attempts before it.

    Raises:
        Refused: it is done.
    """
    if job.state == JobState.DONE:
        raise Refused(_("This job is already done."))
    jobs.retry(job)


def drop(job: Job) -> None:
    """Delete a dead letter for good.

    Raises:
        Refused: it is not a dead letter, or no longer.
    """
    dropped = rows_changed(delete(Job).where(Job.id == job.id, Job.state == JobState.DEAD))
    if dropped != 1:
        raise Refused(_("Only a failed job can be deleted."))


def tell_of_failure(event: PluginPartFailed) -> Callable[[], None] | None:
    """Mail the owner that a plugin fails where silence would cost money, or somebody their data."""
    owner = address_of_owner()
    if not owner:
        return None
    titles = {plugin.name: str(plugin.title) for plugin in registry().plugins}
    return prepare_mail(
        "plugin-failed",
        owner,
        {
            "plugin": titles.get(event.plugin, event.plugin) or _("without a name"),
            "hook": event.hook,
            "part": event.part,
            "words": event.words,
            "what": failures.kind_of_part(event.hook),
            "meaning": failures.meaning(event.hook),
            "advice": failures.advice(event.hook),
        },
    )
