"""Where a comment is below its article, and which kept pages show it.

Threads are read by rank (`models.Comment`). A pinned thread is first by its rank alone: the page is the same index
range as ever, and costs no query more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update

from shop.blueprints.comments.models import Comment
from shop.plugins.api import db, purge

PINNED_RANK = -(2**53)  # before every thread that time could place; the most that a cursor carries


def rank_of_thread(posted_at: datetime) -> int:
    """The place of a thread among an article's: the newest first."""
    return -_microseconds(posted_at)


def rank_of_reply(posted_at: datetime) -> int:
    """The place of a reply in its thread; the top comment has 0."""
    return max(1, _microseconds(posted_at))


def put_in_thread(comment: Comment, top: Comment | None) -> None:
    """Put a comment into the thread of `top`, or let it begin one of its own. Sets columns only."""
    comment.parent_id = top.id if top else None
    comment.thread_rank = top.thread_rank if top else rank_of_thread(comment.posted_at)
    comment.thread_start = top.thread_start if top else -comment.thread_rank
    comment.reply_rank = rank_of_reply(comment.posted_at) if top else 0


def rank_thread(top: Comment, rank: int) -> None:
    """Give a thread another rank: the top comment and all replies, which are read in its order."""
    db.session.execute(
        update(Comment)
        .where(or_(Comment.id == top.id, Comment.parent_id == top.id))
        .values(thread_rank=rank, thread_start=rank if rank == PINNED_RANK else -rank)
    )
    db.session.expire(top, ["thread_rank", "thread_start"])


def has_pinned(article_id: int) -> bool:
    """Whether a thread is pinned below an article."""
    pinned = select(Comment.id).where(
        Comment.article_id == article_id, Comment.thread_rank == PINNED_RANK
    )
    return db.session.scalar(pinned.limit(1)) is not None


def unmark(comment_ids: Sequence[int]) -> None:
    """Comments that readers no longer see are neither pinned nor highlighted."""
    marked = select(Comment).where(
        Comment.id.in_(comment_ids),
        or_(Comment.pinned_at.is_not(None), Comment.highlighted_at.is_not(None)),
    )
    for comment in db.session.scalars(marked).all() if comment_ids else ():
        if comment.pinned_at is not None:
            rank_thread(comment, rank_of_thread(comment.posted_at))
        comment.pinned_at = comment.highlighted_at = None
        comment.highlighted_by = ""
    db.session.flush()


def comments_tag(article_id: int) -> str:
    """What stands for the comments below an article, in whatever is made of them."""
    return f"comments:article:{article_id}"


def forget_pages(article_id: int) -> None:
    """The kept pages that show an article's comments are out of date, in every process."""
    purge(comments_tag(article_id), f"article:{article_id}")


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
