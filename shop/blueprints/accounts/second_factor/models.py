"""What is kept of a second factor."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.columns import BigId, created, primary_key
from shop.extensions import Model


class Authenticator(Model):
    """The app of a person that shows one-time codes (RFC 6238). Its secret is sealed with our key (`core.sealing`).

    `last_step` is the time step of the last code that was taken: no code is good twice.
    """

    __tablename__ = "account_authenticator"

    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_secret: Mapped[str] = mapped_column(String(400))
    last_step: Mapped[int] = mapped_column(BigId, default=0)
    created_at: Mapped[created]


class RecoveryCode(Model):
    """A code that opens the account once, without the app. The person has it, the row its hash."""

    __tablename__ = "account_recovery_code"

    id: Mapped[primary_key]
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[created]
