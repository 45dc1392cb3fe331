"""What one browser sees of its own below an article: its comments that wait, and the marks that it can take back.

Only a page that is made for this browser alone shows them (`shop.core.pages.own_pages`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.reading.threads import (
    ThreadComment,
    ThreadOrder,
    Threads,
    drawn_columns,
)
from shop.plugins.api import db

MOST_SHOWN = 20


def show_waiting(
    found: Threads, article_id: int, keys: Sequence[str], *, order: ThreadOrder, is_first: bool
) -> int:
    """Put what this browser wrote, and nobody has decided on, into its place in the threads of a page; how many wait.

    What was taken for spam waits too, as its author was told. `keys` are edit keys, `is_first` the page without a
    cursor. What belongs on another page of the threads is not shown on this one.
    """
    query = drawn_columns().where(
        Comment.article_id == article_id,
        Comment.edit_key.in_([key for key in keys if key]),
        or_(Comment.state == State.WAITING, and_(Comment.state == State.SPAM, ~_was_decided())),
    )
    rows = db.session.execute(query.order_by(Comment.id).limit(MOST_SHOWN)).all()
    tops = {top.id: top for top in found.tops}
    for row in rows:
        comment = ThreadComment(row, "", is_waiting=True)
        if row.parent_id in tops:
            tops[row.parent_id].replies.append(comment)
        elif row.parent_id is None:
            _put_among(found, comment, order, is_first=is_first)
    return len(rows)


def press_marked(found: Threads, marked: Collection[int]) -> None:
    """Draw the buttons of what this browser marked as helpful as pressed."""
    for comment in _all(found):
        comment.is_marked = comment.id in marked


def has_marked(article_id: int, marked: Collection[int]) -> bool:
    """Whether a browser marked anything below an article, on whatever page of its threads that is."""
    query = select(Comment.id).where(Comment.id.in_(marked), Comment.article_id == article_id)
    return bool(marked) and db.session.scalar(query.limit(1)) is not None


def _was_decided() -> ColumnElement[bool]:
    decided = select(Decision.id).where(
        Decision.comment_id == Comment.id, Decision.undone_at.is_(None)
    )
    return decided.exists()


def _put_among(
    found: Threads, comment: ThreadComment, order: ThreadOrder, *, is_first: bool
) -> None:
    """A new thread stands by its time, behind what is pinned."""
    is_newest = order is ThreadOrder.NEWEST
    place = next(
        (
            index
            for index, top in enumerate(found.tops)
            if not top.is_pinned and (top.published_at < comment.published_at) is is_newest
        ),
        len(found.tops),
    )
    is_before = place == 0 and not is_first
    is_behind = place == len(found.tops) and found.next_cursor is not None
    if not (is_before or is_behind):
        found.tops.insert(place, comment)


def _all(found: Threads) -> Iterator[ThreadComment]:
    for top in found.tops:
        yield top
        yield from top.replies
