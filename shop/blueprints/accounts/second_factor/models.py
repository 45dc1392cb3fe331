"""What is kept of a second factor."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.changed_rows import UNLOGGED
from shop.core.database.columns import BigId, UtcDateTime
from shop.plugins.api import Model, created, primary_key


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
    """A code that opens the account once, without the app. The person has it, the row its hash.

    The activity log names the removal of the former ones, not each of the ten that are made.
    """

    __tablename__ = "account_recovery_code"
    __table_args__ = ({"info": {UNLOGGED: {"added"}}},)

    id: Mapped[primary_key]
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[created]


class Passkey(Model):
    """A device's key that proves its person (Web Authentication, level 3). `credential_id` and `public_key` are
    base64url; `sign_count` is what the device counted to, so that a copy of it is noticed.
    """

    __tablename__ = "account_passkey"

    id: Mapped[primary_key]
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigId)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[created]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
