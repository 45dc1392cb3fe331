"""Comments, what was decided about them, and how many there are."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import BigId, UtcDateTime
from shop.core.labels import LabelledEnum
from shop.plugins.api import Model, created, moment, primary_key


class State(LabelledEnum):
    """What became of a comment. Only an approved one is seen; of an erased one only its place is left."""

    WAITING = "waiting", _l("Waiting")
    APPROVED = "approved", _l("Published")
    SPAM = "spam", _l("Spam")
    REJECTED = "rejected", _l("Rejected")
    ERASED = "erased", _l("Erased")


def _start_of_thread(context: DefaultExecutionContext) -> int:
    given: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return -int(given["thread_rank"])


class Comment(Model):
    """What someone wrote below an article.

    Threads are read in the order of (`thread_rank`, `reply_rank`, `id`): newest thread first, and inside it the top
    comment and then its replies as they came. All three ascend, so that a page anywhere in a thread of any length
    is one range of one index. `thread_start` is `thread_rank` the other way round, for those who want the oldest thread
    first: no index can be walked up in one column and down in the next.

    `email` is lower case; `address_key` is a keyed hash of the IP address, which itself is not kept. `evidence` lists
    what the checks said: check, reason, points, is_conclusive, is_unsure. `score` is the sum of its points; the more,
    the more speaks against it. `campaign` is the same in comments that are nearly the same. `author_url` came with an
    import; it is judged and never shown. `network_key` is one of the network around it (/24, or /48 of IPv6). A pinned
    thread is first by its rank (`places.PINNED_RANK`); `highlighted_by` names who picked the comment. `version` grows
    with every decision and every edit; `post_key` holds off the same comment sent twice. `edit_key` is a keyed hash of
    what its author's browser or account is known by; `told_at` is when those who wait for answers were told about it,
    which happens once; `helpful` counts the marks of readers. `original_body` is what its author wrote where staff
    changed the text (`StaffEdit`), and None where nobody did.
    """

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_thread", "article_id", "state", "thread_rank", "reply_rank", "id"),
        Index("ix_comment_queue", "state", "posted_at", "id"),
        Index("ix_comment_oldest", "article_id", "state", "thread_start", "reply_rank", "id"),
        Index("ix_comment_article_queue", "article_id", "state", "posted_at", "id"),
        Index("ix_comment_email_queue", "email", "state", "posted_at", "id"),
        Index("ix_comment_campaign", "campaign", "state", "id"),
        Index("ix_comment_score", "state", "score", "posted_at", "id"),
        Index("ix_comment_network", "network_key", "id"),
    )

    id: Mapped[primary_key]
    article_id: Mapped[int] = mapped_column(BigId, ForeignKey("article.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    author_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(320))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    is_staff: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    version: Mapped[int] = mapped_column(default=0)
    posted_at: Mapped[created]
    thread_rank: Mapped[int] = mapped_column(BigInteger)
    reply_rank: Mapped[int] = mapped_column(BigInteger)
    thread_start: Mapped[int] = mapped_column(BigInteger, default=_start_of_thread)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    original_body: Mapped[str | None] = mapped_column(Text)
    edit_key: Mapped[str] = mapped_column(String(64), default="", index=True)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    helpful: Mapped[int] = mapped_column(default=0)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    score: Mapped[int] = mapped_column(default=0, server_default="0")
    campaign: Mapped[str | None] = mapped_column(String(32))
    author_url: Mapped[str] = mapped_column(String(300), default="", server_default="")
    address_key: Mapped[str] = mapped_column(String(64), default="")
    network_key: Mapped[str] = mapped_column(String(64), default="", server_default="")
    pinned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    highlighted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    highlighted_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    post_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    import_key: Mapped[str | None] = mapped_column(String(200), unique=True)

    @property
    def is_visible(self) -> bool:
        """Whether readers see it."""
        return self.state == State.APPROVED


class Decision(Model):
    """Someone moved a comment from one state to another.

    `batch` is shared by what was decided in one go. `version` is the comment's after the decision: while it still is,
    nobody has decided since. `by_name` stays when the account goes; `by_id` is None for the command line.
    """

    __tablename__ = "comment_decision"
    __table_args__ = (
        Index("ix_comment_decision_by_id", "by_id", "id"),
        Index("ix_comment_decision_to_state", "to_state", "id"),
    )

    id: Mapped[primary_key]
    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    batch: Mapped[str] = mapped_column(String(32), index=True)
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    by_name: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[moment]
    from_state: Mapped[str] = mapped_column(String(10))
    to_state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    undoes_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("comment_decision.id", ondelete="SET NULL"), index=True
    )
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StaffEdit(Model):
    """Staff changed the text of a comment. While the text still is `after`, it can be set back to `before`.

    `by_name` stays when the account goes. When the comment is erased, the row goes: it holds its words.
    """

    __tablename__ = "comment_staff_edit"

    id: Mapped[primary_key]
    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    by_name: Mapped[str] = mapped_column(String(80))
    edited_at: Mapped[moment]
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Tally(Model):
    """A change to a number of comments: of the whole site in a state, or of an article's approved ones.

    Nobody updates a common row, so nobody waits for anyone; a number is a sum, and a periodic job folds the rows.
    """

    __tablename__ = "comment_tally"
    __table_args__ = (Index("ix_comment_tally_number", "article_id", "state", "amount"),)

    id: Mapped[primary_key]
    article_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="CASCADE")
    )
    state: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int]
