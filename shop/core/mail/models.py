"""The rows of mail."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import UtcDateTime, created, primary_key
from shop.core.labels import LabelledEnum
from shop.core.secrets.sealing import SealedText, SealedTexts
from shop.extensions import Model, db

SUBJECT_LENGTH = 300


class MailState(LabelledEnum):
    """What became of a mail. *Waiting* includes 'no transport is configured'; *refused* is a dead letter."""

    WAITING = "waiting", _l("Waiting")
    SENT = "sent", _l("Sent")
    REFUSED = "refused", _l("Refused")


class Mail(Model):
    """One message to one person. `message_id` never changes, so that a repeat can be recognised as one.

    Both parts and the headers are stored encrypted, because links in them open accounts, orders and downloads, or end a
    subscription. They are empty when the secret key with which they were stored is no longer listed.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_state_id", "state", "id"),)

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(80))
    recipient: Mapped[str] = mapped_column(String(320), index=True)
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    text: Mapped[str] = mapped_column(SealedText("mail"))
    html: Mapped[str] = mapped_column(SealedText("mail"))
    headers: Mapped[dict[str, str]] = mapped_column(SealedTexts("mail headers"))
    message_id: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=MailState.WAITING)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[created]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def was_written(kind: str, recipient: str, *, since: datetime) -> bool:
    """Whether somebody was written a mail of a kind since a moment (UTC), sent by now or not."""
    query = select(Mail.id).where(
        Mail.recipient == recipient, Mail.kind == kind, Mail.created_at > since
    )
    return db.session.scalar(query.limit(1)) is not None
