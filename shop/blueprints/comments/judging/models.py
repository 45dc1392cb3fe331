"""What judging remembers: prints of texts, lessons from decisions, earlier decisions about senders, and rescans."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import BigId, UtcDateTime
from shop.plugins.api import Model, moment, primary_key


class Print(Model):
    """The print of a comment's text (`prints.py`): one byte for each of its bins."""

    __tablename__ = "comment_print"

    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True
    )
    bins: Mapped[bytes] = mapped_column(LargeBinary)


class Band(Model):
    """One of the keys under which comments with a similar text find each other."""

    __tablename__ = "comment_band"
    __table_args__ = ({"sqlite_with_rowid": False},)

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Lesson(Model):
    """What a decision teaches about one comment: 1 for spam, -1 for honest, 0 for nothing.

    `label` is what the decision says now and what `Standing` counts; `learnt` is what the weights hold. While they
    differ, the lesson is pending. The weights moved by `pull` in each of `features` (bucket numbers, two bytes
    each), so that what was learnt can be taken back exactly, even after the text has changed. `language` is the text's;
    `counted_under` are the keys of `Standing` under which the decision counts.
    """

    __tablename__ = "comment_lesson"

    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True
    )
    label: Mapped[int] = mapped_column(default=0)
    learnt: Mapped[int] = mapped_column(default=0)
    counted_under: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    language: Mapped[str] = mapped_column(String(2), default="", server_default="")
    is_pending: Mapped[bool] = mapped_column(default=False, index=True)
    pull: Mapped[float] = mapped_column(Double, default=0.0)
    features: Mapped[bytes] = mapped_column(LargeBinary, default=b"")


class LearnedWeights(Model):
    """What this site has learnt, as one row: the weights on top of those that ship, deflated 32-bit floats.

    `lessons` were learnt, `spam` of them from spam. `limits` are the scores of `experience.limits_of`.
    """

    __tablename__ = "comment_wording"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(default=0)
    lessons: Mapped[int] = mapped_column(default=0)
    spam: Mapped[int] = mapped_column(default=0, server_default="0")
    limits: Mapped[dict[str, float]] = mapped_column(JSON, default=dict, server_default="{}")
    weights: Mapped[bytes] = mapped_column(LargeBinary, default=b"")


class Standing(Model):
    """How many comments of one address, email, name, link or domain were approved here, and how many were spam.

    `key` is a keyed hash.
    """

    __tablename__ = "comment_standing"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    approved: Mapped[int] = mapped_column(default=0)
    spam: Mapped[int] = mapped_column(default=0)


class RescanState(StrEnum):
    """Where a rescan is."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class Rescan(Model):
    """A look at everything that is published or waits, with the rules and the weights of now.

    `reached` is the last comment that was judged, `last` the last there was when it began.
    """

    __tablename__ = "comment_rescan"

    id: Mapped[primary_key]
    state: Mapped[str] = mapped_column(String(10), default=RescanState.RUNNING, index=True)
    started_at: Mapped[moment]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by_name: Mapped[str] = mapped_column(String(80), default="")
    reached: Mapped[int] = mapped_column(BigInteger, default=0)
    last: Mapped[int] = mapped_column(BigInteger, default=0)
    judged: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)


class RescanFinding(Model):
    """A published comment that the rescan would hold now, and why; until someone holds it or leaves it."""

    __tablename__ = "comment_rescan_finding"
    __table_args__ = (Index("ix_comment_rescan_finding_list", "rescan_id", "is_open", "score"),)

    rescan_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment_rescan.id", ondelete="CASCADE"), primary_key=True
    )
    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    score: Mapped[int]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    is_open: Mapped[bool] = mapped_column(default=True)
