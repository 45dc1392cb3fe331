"""What readers see below an article: threads by the page, by two queries at most however many comments there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Row, Select, select, tuple_

from shop.blueprints.comments import tallies
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.reading.avatars import Avatar, avatar_of
from shop.core.labels import LabelledEnum
from shop.core.pagination import Page, beyond, decode_cursor, encode_cursor
from shop.extensions import db

PAGE_SIZE = 50


class ThreadOrder(LabelledEnum):
    """Which thread comes first. Replies always stand as they came."""

    NEWEST = "newest", _l("Newest first")
    OLDEST = "oldest", _l("Oldest first")


_KEYS = {
    ThreadOrder.NEWEST: [Comment.thread_rank, Comment.reply_rank, Comment.id],
    ThreadOrder.OLDEST: [Comment.thread_start, Comment.reply_rank, Comment.id],
}


@dataclass(slots=True)
class ThreadComment:
    """A comment as it is drawn. `is_gone`: it was removed, and its place is shown for its replies only.

    `picked_by` is author or staff where someone highlighted it.
    """

    id: int
    author_name: str
    body_html: Markup
    published_at: datetime
    is_author: bool = False
    is_staff: bool = False
    is_gone: bool = False
    edited_at: datetime | None = None
    is_edited_by_staff: bool = False
    helpful: int = 0
    is_pinned: bool = False
    picked_by: str = ""
    avatar: Avatar | None = None
    replies: list[ThreadComment] = field(default_factory=list)

    @property
    def initials(self) -> str:
        """At most two letters of the name, for the picture beside it."""
        return initials(self.author_name)


@dataclass(frozen=True, slots=True)
class Threads:
    """A page of threads. `count` is of all visible comments below the article, replies too."""

    tops: Sequence[ThreadComment]
    count: int
    next_cursor: str | None


def page_of_threads(
    article_id: int,
    *,
    article_author: str = "",
    after: str | None = None,
    order: ThreadOrder = ThreadOrder.NEWEST,
) -> Threads:
    """A page of an article's threads in an order, replies in the order in which they came.

    A page holds up to 50 comments. One that begins inside a thread repeats its top comment.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    rows = db.session.execute(_page(article_id, after, order)).all()
    names = [key.key for key in _KEYS[order]]
    page = Page.of(rows, PAGE_SIZE, lambda row: [getattr(row, name) for name in names])
    tops = {row.id: _view(row, article_author) for row in page.items if row.parent_id is None}
    missing = {row.parent_id for row in page.items} - tops.keys() - {None}
    if missing:
        elsewhere = db.session.execute(_select().where(Comment.id.in_(missing))).all()
        tops |= {row.id: _view(row, article_author) for row in elsewhere}
    drawn: dict[int, ThreadComment] = {}
    for row in page.items:
        if row.parent_id is None:
            drawn[row.id] = tops[row.id]
        else:
            top = drawn.setdefault(row.parent_id, tops[row.parent_id])
            top.replies.append(_view(row, article_author))
    return Threads(list(drawn.values()), rows[0].total if rows else 0, page.next_cursor)


def newest_comments(article_id: int, *, limit: int) -> list[ThreadComment]:
    """What readers saw last below an article, replies among the rest."""
    rows = db.session.execute(
        _select()
        .where(Comment.article_id == article_id, Comment.state == State.APPROVED)
        .order_by(Comment.posted_at.desc(), Comment.id.desc())
        .limit(limit)
    )
    return [_view(row, "") for row in rows]


def is_on_first_page(comment: Comment) -> bool:
    """Whether the page without a cursor shows a visible comment."""
    before = (
        select(Comment.id)
        .where(
            Comment.article_id == comment.article_id,
            Comment.state == State.APPROVED,
            tuple_(*_KEYS[ThreadOrder.NEWEST])
            < tuple_(comment.thread_rank, comment.reply_rank, comment.id),
        )
        .limit(PAGE_SIZE)
    )
    return len(db.session.scalars(before).all()) < PAGE_SIZE


def cursor_before(comment: Comment) -> str:
    """The cursor of the page that begins with this comment."""
    return encode_cursor([comment.thread_rank, comment.reply_rank, comment.id - 1])


def initials(name: str) -> str:
    """The first letters of the first and the last word of a name, in capitals; a dot when it has none."""
    words = [word for word in name.replace("_", " ").split() if any(map(str.isalnum, word))]
    letters = [next(filter(str.isalnum, word)) for word in (words[:1] + words[1:][-1:])]
    return "".join(letters).upper() or "·"


def _page(article_id: int, after: str | None, order: ThreadOrder) -> Select[*tuple[Any, ...]]:
    keys = _KEYS[order]
    query = (
        _select()
        .add_columns(tallies.approved_below(article_id).label("total"))
        .where(Comment.article_id == article_id, Comment.state == State.APPROVED)
    )
    if after:
        cursor = decode_cursor(after, [int, int, int])
        query = query.where(beyond(keys, cursor, descending=False))
    return query.order_by(*keys).limit(PAGE_SIZE + 1)


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        Comment.id,
        Comment.parent_id,
        Comment.author_name,
        Comment.email,
        Comment.body_html,
        Comment.posted_at,
        Comment.edited_at,
        Comment.original_body.is_not(None).label("is_edited_by_staff"),
        Comment.helpful,
        Comment.pinned_at,
        Comment.highlighted_at,
        Comment.highlighted_by,
        Comment.is_staff,
        Comment.state,
        Comment.thread_rank,
        Comment.thread_start,
        Comment.reply_rank,
    )


def _view(row: Row[*tuple[Any, ...]], article_author: str) -> ThreadComment:
    if row.state != State.APPROVED:
        return ThreadComment(row.id, "", Markup(""), row.posted_at, is_gone=True)
    return ThreadComment(
        id=row.id,
        author_name=row.author_name,
        body_html=Markup(row.body_html),  # noqa: S704 - render_comment cleaned it before it was stored
        published_at=row.posted_at,
        is_author=row.is_staff and row.author_name == article_author,
        is_staff=row.is_staff,
        edited_at=row.edited_at,
        is_edited_by_staff=row.is_edited_by_staff,
        helpful=row.helpful,
        is_pinned=row.pinned_at is not None,
        picked_by=_picked_by(row, article_author),
        avatar=avatar_of(row.email, row.author_name),
    )


def _picked_by(row: Row[*tuple[Any, ...]], article_author: str) -> str:
    if row.highlighted_at is None:
        return ""
    return "author" if article_author and row.highlighted_by == article_author else "staff"
