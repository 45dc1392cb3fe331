"""Comments that a moderator marks: one thread of an article pinned to its top, any number highlighted.

A pinned thread is first by its rank alone: the page is the same index range as ever, and costs no query more.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment
from shop.blueprints.comments.moderation import activity
from shop.blueprints.comments.places import PINNED_RANK, forget_pages, rank_of_thread, rank_thread
from shop.core import clock
from shop.plugins.api import Refused, db


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
        rank_thread(other, rank_of_thread(other.posted_at))
        other.pinned_at = None
    rank_thread(comment, PINNED_RANK)
    comment.pinned_at = clock.now()
    forget_pages(comment.article_id)
    activity.record("pinned", comment.author_name, by)


def unpin(comment: Comment, *, by: Account | None) -> None:
    """Put a pinned thread back in its place by time."""
    if comment.pinned_at is None:
        return
    rank_thread(comment, rank_of_thread(comment.posted_at))
    comment.pinned_at = None
    forget_pages(comment.article_id)
    activity.record("unpinned", comment.author_name, by)


def highlight(comment: Comment, *, by: Account | None) -> None:
    """Mark a comment as worth reading: the author's pick when the article's author says so, else the staff's.

    Raises:
        Refused: readers don't see it.
    """
    _require_seen(comment)
    comment.highlighted_at = clock.now()
    comment.highlighted_by = (by.name or by.email)[:80] if by else ""
    forget_pages(comment.article_id)
    activity.record("highlighted", comment.author_name, by)


def lowlight(comment: Comment, *, by: Account | None) -> None:
    """Take the mark away."""
    if comment.highlighted_at is None:
        return
    comment.highlighted_at, comment.highlighted_by = None, ""
    forget_pages(comment.article_id)
    activity.record("unhighlighted", comment.author_name, by)


def _require_seen(comment: Comment) -> None:
    if not comment.is_visible:
        raise Refused(_("Only a published comment can be pinned or highlighted."))
