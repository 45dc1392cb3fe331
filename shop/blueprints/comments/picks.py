"""Comments that a moderator singles out: one thread of an article pinned to its top, any number highlighted.

A pinned thread stands first by its rank alone: the page is the same index range as ever, and costs no query more.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import acts
from shop.blueprints.comments.models import Comment
from shop.blueprints.comments.services import forget_pages
from shop.blueprints.comments.threads import rank_of_thread
from shop.core import clock
from shop.core.errors import Refused
from shop.extensions import db

PINNED_RANK = -(2**53)  # before every thread that time could place; the most that a cursor carries


def pin(comment: Comment, *, by: Account | None) -> None:
    """Put a thread first below its article; the one that was there goes back to its place.

    Raises:
        Refused: it is a reply, or readers don't see it.
    """
    _require_seen(comment)
    if comment.parent_id is not None:
        raise Refused(_("Only a whole thread can be pinned, not a reply."))
    # Whoever pins below the same article at this moment waits here, so that there is one.
    db.session.execute(select(Article.id).where(Article.id == comment.article_id).with_for_update())
    pinned = (
        select(Comment)
        .where(Comment.article_id == comment.article_id, Comment.thread_rank == PINNED_RANK)
        .where(Comment.parent_id.is_(None), Comment.id != comment.id)
    )
    for other in db.session.scalars(pinned).all():
        _place(other, rank_of_thread(other.posted_at))
        other.pinned_at = None
    _place(comment, PINNED_RANK)
    comment.pinned_at = clock.now()
    forget_pages(comment.article_id)
    acts.note("pinned", comment.author_name, by)


def unpin(comment: Comment, *, by: Account | None) -> None:
    """Put a pinned thread back in its place by time."""
    if comment.pinned_at is None:
        return
    _place(comment, rank_of_thread(comment.posted_at))
    comment.pinned_at = None
    forget_pages(comment.article_id)
    acts.note("unpinned", comment.author_name, by)


def highlight(comment: Comment, *, by: Account | None) -> None:
    """Mark a comment as worth reading: the author's pick when the article's author says so, else the staff's.

    Raises:
        Refused: readers don't see it.
    """
    _require_seen(comment)
    comment.highlighted_at = clock.now()
    comment.highlighted_by = (by.name or by.email)[:80] if by else ""
    forget_pages(comment.article_id)
    acts.note("highlighted", comment.author_name, by)


def lowlight(comment: Comment, *, by: Account | None) -> None:
    """Take the mark away."""
    if comment.highlighted_at is None:
        return
    comment.highlighted_at, comment.highlighted_by = None, ""
    forget_pages(comment.article_id)
    acts.note("unhighlighted", comment.author_name, by)


def drop(comment_ids: Sequence[int]) -> None:
    """Comments that readers no longer see are neither pinned nor picked."""
    marked = select(Comment).where(
        Comment.id.in_(comment_ids),
        or_(Comment.pinned_at.is_not(None), Comment.highlighted_at.is_not(None)),
    )
    for comment in db.session.scalars(marked).all() if comment_ids else ():
        if comment.pinned_at is not None:
            _place(comment, rank_of_thread(comment.posted_at))
        comment.pinned_at = comment.highlighted_at = None
        comment.highlighted_by = ""
    db.session.flush()


def _require_seen(comment: Comment) -> None:
    if not comment.is_visible:
        raise Refused(_("Only a published comment can be singled out."))


def _place(top: Comment, rank: int) -> None:
    """Give a thread its rank: the top comment and all replies, which are read in its order."""
    db.session.execute(
        update(Comment)
        .where(or_(Comment.id == top.id, Comment.parent_id == top.id))
        .values(thread_rank=rank, thread_start=rank if rank == PINNED_RANK else -rank)
    )
    db.session.expire(top, ["thread_rank", "thread_start"])
