"""What moderators leave behind other than decisions: mutes, a log of other actions, how they want to be told."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import BigId, UtcDateTime
from shop.core.labels import LabelledEnum
from shop.plugins.api import Model, created, moment, primary_key


class MuteKind(LabelledEnum):
    """By what a mute rule knows a comment."""

    EMAIL = "email", _l("Email address")
    DOMAIN = "domain", _l("Email domain")
    NAME = "name", _l("Name")
    PHRASE = "phrase", _l("Phrase in the name or the text")
    ADDRESS = "address", _l("IP address")
    NETWORK = "network", _l("IP address range")


class Mute(Model):
    """A rule of a moderator: comments like that are held, or go among the spam.

    `key` is what is compared: a normalised text, or for an address and a network the keyed hash, and then `shown` is
    empty, because addresses are not kept. One without `expires_at` stays until someone takes it away.
    """

    __tablename__ = "comment_mute"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(320))
    shown: Mapped[str] = mapped_column(String(320), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    is_spam: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[created]
    made_by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    made_by_name: Mapped[str] = mapped_column(String(80), default="")
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Act(Model):
    """What a moderator did that moved no comment: pinned, highlighted, closed an article, made or ended a mute."""

    __tablename__ = "comment_act"

    id: Mapped[primary_key]
    verb: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(320))
    by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    by_name: Mapped[str] = mapped_column(String(80))
    done_at: Mapped[moment]


class Digest(Model):
    """How often a moderator wants to hear by mail of what waits.

    `told_at` and `told_id` are of the last comment that a mail told about; `sent_at` is when the last mail went.
    """

    __tablename__ = "comment_digest"

    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    pace: Mapped[str] = mapped_column(String(10), index=True)
    told_at: Mapped[moment]
    told_id: Mapped[int] = mapped_column(BigInteger, default=0)
    sent_at: Mapped[moment]
