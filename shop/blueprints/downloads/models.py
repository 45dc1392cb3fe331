"""Permissions to download."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.orders.models import OrderLine
from shop.core import clock
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Model, created, moment, primary_key


class Stamp(StrEnum):
    """Where the buyer's own copy of a file is. *Failed*: the file can't be written on."""

    NONE = ""
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class DownloadGrant(Model):
    """Permission to download one file of one order line. `issue` counts the grants for the same file from 1.

    The file's name and key are kept here, so that what was bought stays there when the product goes. `stamped_key` is
    the buyer's personal copy, with their name on its pages, while there is one. `copy_asked_at` is since when one is
    waited for, or None when nobody has asked since the last one was dropped.
    """

    __tablename__ = "download_grant"
    __table_args__ = (
        UniqueConstraint("order_line_id", "storage_key", "issue"),
        CheckConstraint("count >= 0", name="count_not_negative"),
        CheckConstraint("count <= max_count", name="count_within_limit"),
        CheckConstraint("issue > 0", name="issue_positive"),
    )

    id: Mapped[primary_key]
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    product_file_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("product_file.id", ondelete="SET NULL"), index=True
    )
    issue: Mapped[int] = mapped_column(default=1)
    token: Mapped[str] = mapped_column(String(40), unique=True, default=random_token)
    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(40), default="")
    storage_key: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigId)
    count: Mapped[int] = mapped_column(default=0)
    max_count: Mapped[int]
    expires_at: Mapped[moment]
    created_at: Mapped[created]
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stamp: Mapped[str] = mapped_column(String(8), default=Stamp.NONE, server_default="")
    stamped_key: Mapped[str | None] = mapped_column(String(64))
    stamped_size: Mapped[int | None] = mapped_column(BigId)
    copy_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    line: Mapped[OrderLine] = relationship(lazy="joined")

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= clock.now()

    @property
    def is_used_up(self) -> bool:
        """Whether it was used as often as allowed."""
        return self.count >= self.max_count

    @property
    def is_usable(self) -> bool:
        """Whether a download can begin with it."""
        return not self.is_expired and not self.is_used_up


class DownloadRevocation(Model):
    """A line of an order whose money went back: what it opened is closed, and stays closed."""

    __tablename__ = "download_revocation"

    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True)
    refund_id: Mapped[int | None] = mapped_column(BigId)
    at: Mapped[created]


class VersionNews(Model):
    """Someone was told about a new version of a file. The pair is unique, so each is told once."""

    __tablename__ = "download_news"

    version_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("product_file_version.id", ondelete="CASCADE"), primary_key=True
    )
    email: Mapped[str] = mapped_column(String(320), primary_key=True)
