"""Subscribers, issues, and which issue went to whom."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.database.columns import UtcDateTime
from shop.core.labels import LabelledEnum
from shop.core.secrets.secret_links import HasSecretLink
from shop.plugins.api import Model, created, moment, primary_key


class SubscriberState(LabelledEnum):
    """Where a subscription is. *Pending* gets no issues yet, *left* none any more."""

    PENDING = "pending", _l("Pending")
    CONFIRMED = "confirmed", _l("Confirmed")
    LEFT = "left", _l("Unsubscribed")


class SignUp(Model):
    """One sign-up, kept until a job has handled it."""

    __tablename__ = "newsletter_sign_up"

    id: Mapped[primary_key]
    email: Mapped[str] = mapped_column(String(320), index=True)
    asked_on: Mapped[str] = mapped_column(String(200))
    address_key: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[moment]


class NewsletterSubscriber(HasSecretLink, Model):
    """One address, lower-cased, and what its owner agreed to.

    `asked_on` is the path of the page that the form stood on; `address_key` and `confirmed_address_key` are keyed
    hashes of IP addresses. `token` opens the page for leaving; confirming takes a signature over it.
    """

    __tablename__ = "newsletter_subscriber"
    __table_args__ = (
        Index("ix_newsletter_subscriber_state_id", "state", "id"),
        Index("ix_newsletter_subscriber_state_asked_at", "state", "asked_at"),
        CheckConstraint("state != 'confirmed' OR confirmed_at IS NOT NULL", name="confirmed_when"),
        CheckConstraint("state != 'left' OR left_at IS NOT NULL", name="left_when"),
    )

    id: Mapped[primary_key]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    state: Mapped[str] = mapped_column(String(10), default=SubscriberState.PENDING)
    asked_on: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[moment]
    address_key: Mapped[str] = mapped_column(String(64))
    confirmation_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_address_key: Mapped[str | None] = mapped_column(String(64))
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[created]

    @property
    def is_pending(self) -> bool:
        """Whether we still wait for the button in our message."""
        return self.state == SubscriberState.PENDING

    @property
    def is_confirmed(self) -> bool:
        """Whether issues go to this address."""
        return self.state == SubscriberState.CONFIRMED


class CampaignState(LabelledEnum):
    """Where an issue is."""

    DRAFT = "draft", _l("Draft")
    SENDING = "sending", _l("Sending")
    SENT = "sent", _l("Sent")


class Campaign(Model):
    """One issue, in Markdown. `reached_id` is the last subscriber whom the sending has come to.

    `started_at` is when the sending begins, some minutes after the button was pressed.
    """

    __tablename__ = "newsletter_campaign"

    id: Mapped[primary_key]
    subject: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=CampaignState.DRAFT)
    recipients: Mapped[int] = mapped_column(default=0)
    reached_id: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[created]
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_draft(self) -> bool:
        """Whether it may still be changed."""
        return self.state == CampaignState.DRAFT

    @property
    def is_to_begin(self) -> bool:
        """Whether its sending has not begun, and may still be cancelled."""
        is_sending = self.state == CampaignState.SENDING
        return is_sending and self.started_at is not None and self.started_at > clock.now()


class IssueDelivery(Model):
    """One subscriber's copy of one issue: the key makes a second one impossible."""

    __tablename__ = "newsletter_delivery"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("newsletter_campaign.id", ondelete="CASCADE"), primary_key=True
    )
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("newsletter_subscriber.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    queued_at: Mapped[created]
