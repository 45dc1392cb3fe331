"""Tiers, members and letters. Amounts in minor units of the tier's currency."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.plugins.api import Model, created, moment, primary_key


class Tier(Model):
    """What somebody can pay for. One that was taken off sale goes on for those who have it."""

    __tablename__ = "plugin_membership_tier"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: Mapped[primary_key]
    name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(500))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    every: Mapped[str] = mapped_column(String(10))
    is_offered: Mapped[bool] = mapped_column(Boolean, default=True)


class Member(Model):
    """An account that has begun to pay. `ended_at` is when it had ended; it may begin again.

    One that came from another site has no account until it does (`moving`).
    """

    __tablename__ = "plugin_membership_member"

    id: Mapped[primary_key]
    account_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    tier_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("plugin_membership_tier.id"))
    gets_letters: Mapped[bool] = mapped_column(Boolean, default=True)
    joined_at: Mapped[moment | None]
    ended_at: Mapped[moment | None]

    tier: Mapped[Tier] = relationship()


class Letter(Model):
    """An email of staff to all members."""

    __tablename__ = "plugin_membership_letter"

    id: Mapped[primary_key]
    subject: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[created]
