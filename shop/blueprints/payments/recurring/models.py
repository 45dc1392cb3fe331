"""Subscriptions: one row an agreement to pay again and again."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.blueprints.orders.models import ERASED
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.labels import LabelledEnum
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Model, created, primary_key


class RecurringState(LabelledEnum):
    """Where a subscription is. *Starting*: its buyer has not paid yet. *Past due*: a renewal has failed."""

    STARTING = "starting", _l("Starting")
    ACTIVE = "active", _l("Active")
    PAST_DUE = "past_due", _l("Past due")
    ENDED = "ended", _l("Ended")


class PaidSubscription(Model):
    """What a buyer pays again and again, for a fixed amount in minor units with its tax.

    Of one `subject` only one is alive, by the database. `idempotency_key` goes to the provider, `reference` is the
    provider's name for it. `checked_at` is when the provider was last asked. `ends_at` is there when somebody ended it
    for the end of what is paid; `warned_at` when its buyer was told for the last time that a renewal had failed.
    `changing_title` and `changing_minor` are what was agreed anew and is not done yet, asked for under `change_key`.
    """

    __tablename__ = "paid_subscription"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index(
            "uq_paid_subscription_living_subject",
            "subject",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_paid_subscription_state_checked_at", "state", "checked_at"),
    )

    id: Mapped[primary_key]
    subject: Mapped[str] = mapped_column(String(120), index=True)
    provider: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str | None] = mapped_column(String(255))
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True, default=random_token)
    state: Mapped[str] = mapped_column(String(20), default=RecurringState.STARTING)
    title: Mapped[str] = mapped_column(String(200))
    amount_minor: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(String(3))
    every: Mapped[str] = mapped_column(String(10))
    tax_label: Mapped[str] = mapped_column(String(120))
    tax_rate: Mapped[int]
    country: Mapped[str] = mapped_column(String(2))
    email: Mapped[str] = mapped_column(String(320), index=True)
    name: Mapped[str] = mapped_column(String(80))
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    redirect_url: Mapped[str] = mapped_column(Text, default="")
    pay_url: Mapped[str] = mapped_column(Text, default="")
    changing_title: Mapped[str] = mapped_column(String(200), default="")
    changing_minor: Mapped[int | None] = mapped_column(BigId)
    changing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    change_key: Mapped[str] = mapped_column(String(80), default="")
    started_at: Mapped[created]
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    past_due_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def forget_change(self) -> None:
        """It was done, or came to nothing."""
        self.changing_title, self.changing_minor, self.changing_since = "", None, None
        self.change_key = ""

    @property
    def is_erased(self) -> bool:
        """Whether its buyer was forgotten."""
        return self.email.endswith(ERASED)
