"""Emails that were sent are kept for a while, so that somebody can be told what they were written, and then deleted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from shop.core import clock, settings
from shop.core.jobs import Lane, Periodic
from shop.core.mail.models import Mail, MailState
from shop.core.retention import RetentionSettings
from shop.extensions import db

AT_ONCE = 2_000


def forget_sent() -> None:
    """Delete some of those that were sent long ago. What waits or was refused stays until somebody decides."""
    days = settings.current(RetentionSettings).sent_mail_days
    old = select(Mail.id).where(
        Mail.state == MailState.SENT, Mail.sent_at < clock.now() - timedelta(days=days)
    )
    db.session.execute(
        delete(Mail)
        .where(Mail.id.in_(old.limit(AT_ONCE)))
        .execution_options(synchronize_session=False)
    )


HOUSEKEEPING = Periodic(
    name="mail.forget_sent", every=timedelta(minutes=10), handle=forget_sent, lane=Lane.SLOW
)
