"""What readers see below an article: threads by the page, by two queries at most however many comments there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Row, Select, bindparam, select, tuple_

from shop.blueprints.comments import tallies
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.reading.avatars import Avatar, avatar_of
from shop.core.database import read_rows
from shop.core.database.columns import BigId
from shop.core.labels import LabelledEnum
from shop.core.web.pagination import Page, decode_cursor, encode_cursor
from shop.plugins.api import db

PAGE_SIZE = 50


class ThreadOrder(LabelledEnum):
    """Which thread comes first. Replies always stand as they came."""

    NEWEST = "newest", _l("Newest first")
    OLDEST = "oldest", _l("Oldest first")


_KEYS = {
    ThreadOrder.NEWEST: [Comment.thread_rank, Comment.reply_rank, Comment.id],
    ThreadOrder.OLDEST: [Comment.thread_start, Comment.reply_rank, Comment.id],
}


_COLUMNS = (
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

_SIZE_OF_ROW = 500
"""Bytes that a comment takes besides its text."""

CommentRow = Row[*tuple[Any, ...]]


@dataclass(slots=True)
class ThreadComment:
    """A comment as it is drawn. What it shows is worked out where it is drawn, which mostly has been done before.

    On a page made for one browser (`own`), `is_waiting` is a comment that only its author sees, and `is_marked` one
    that this browser marked as helpful.
    """

    row: CommentRow
    article_author: str
    replies: list[ThreadComment] = field(default_factory=list)
    is_waiting: bool = False
    is_marked: bool = False
    _columns: tuple[Any, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._columns = self.row[: len(_COLUMNS)]

    @property
    def shown(self) -> tuple[Any, ...]:
        """All that it shows is made of this, its replies apart."""
        return (self._columns, self.article_author, self.is_waiting, self.is_marked)

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.row.id)

    @property
    def is_gone(self) -> bool:
        """Whether it was removed, so that its place is shown for its replies only."""
        return bool(self.row.state != State.APPROVED) and not self.is_waiting

    @property
    def author_name(self) -> str:
        """Who wrote it; nobody, once it is removed."""
        return "" if self.is_gone else str(self.row.author_name)

    @property
    def initials(self) -> str:
        """At most two letters of the name, for the picture beside it."""
        return initials(self.author_name)

    @property
    def avatar(self) -> Avatar | None:
        """The picture of who wrote it."""
        return None if self.is_gone else avatar_of(self.row.email, self.row.author_name)

    @property
    def body_html(self) -> Markup:
        """The text; none, once it is removed."""
        # render_comment cleaned it before it was stored
        return Markup("") if self.is_gone else Markup(self.row.body_html)  # noqa: S704

    @property
    def published_at(self) -> datetime:
        """When it was posted, in UTC."""
        posted_at: datetime = self.row.posted_at
        return posted_at

    @property
    def edited_at(self) -> datetime | None:
        """When its text was changed last."""
        edited_at: datetime | None = self.row.edited_at
        return edited_at

    @property
    def is_edited_by_staff(self) -> bool:
        """Whether somebody of the site changed its text."""
        return bool(self.row.is_edited_by_staff)

    @property
    def is_staff(self) -> bool:
        """Whether somebody of the site wrote it."""
        return bool(self.row.is_staff)

    @property
    def is_author(self) -> bool:
        """Whether who wrote the article wrote it."""
        return self.is_staff and self.row.author_name == self.article_author

    @property
    def helpful(self) -> int:
        """How many found it helpful."""
        return int(self.row.helpful)

    @property
    def is_pinned(self) -> bool:
        """Whether it is kept at the head of the threads."""
        return self.row.pinned_at is not None

    @property
    def picked_by(self) -> str:
        """author or staff where someone highlighted it, else empty."""
        if self.row.highlighted_at is None:
            return ""
        by_author = self.article_author and self.row.highlighted_by == self.article_author
        return "author" if by_author else "staff"


@dataclass(frozen=True)
class Threads:
    """A page of threads. `count` is of all visible comments below the article, replies too. Once it is drawn it stays
    as it is."""

    tops: list[ThreadComment]
    count: int
    next_cursor: str | None

    @cached_property
    def shown(self) -> tuple[tuple[Any, ...], ...]:
        """All that is drawn of them is made of this, and of how long ago the `moments` were."""
        return tuple(each.shown for each in self._comments())

    @cached_property
    def moments(self) -> tuple[datetime, ...]:
        """When each comment was posted, in UTC."""
        return tuple(each.row.posted_at for each in self._comments())

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return sum(_SIZE_OF_ROW + len(each.row.body_html) for each in self._comments())

    def _comments(self) -> Iterator[ThreadComment]:
        for top in self.tops:
            yield top
            yield from top.replies


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
    rows = read_rows(_page(order, bool(after)), _bounds(article_id, after))
    names = [key.key for key in _KEYS[order]]
    page = Page.of(rows, PAGE_SIZE, lambda row: [getattr(row, name) for name in names])
    tops = {
        row.id: ThreadComment(row, article_author) for row in page.items if row.parent_id is None
    }
    missing = {row.parent_id for row in page.items} - tops.keys() - {None}
    if missing:
        elsewhere = db.session.execute(drawn_columns().where(Comment.id.in_(missing))).all()
        tops |= {row.id: ThreadComment(row, article_author) for row in elsewhere}
    drawn: dict[int, ThreadComment] = {}
    for row in page.items:
        if row.parent_id is None:
            drawn[row.id] = tops[row.id]
        else:
            top = drawn.setdefault(row.parent_id, tops[row.parent_id])
            top.replies.append(ThreadComment(row, article_author))
    return Threads(list(drawn.values()), rows[0].total if rows else 0, page.next_cursor)


def newest_comments(article_id: int, *, limit: int) -> list[ThreadComment]:
    """What readers saw last below an article, replies among the rest."""
    rows = db.session.execute(
        drawn_columns()
        .where(Comment.article_id == article_id, Comment.state == State.APPROVED)
        .order_by(Comment.posted_at.desc(), Comment.id.desc())
        .limit(limit)
    )
    return [ThreadComment(row, "") for row in rows]


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


def _bounds(article_id: int, after: str | None) -> dict[str, int]:
    cursor = decode_cursor(after, [int, int, int]) if after else []
    return {"article_id": article_id, **{f"key_{n}": key for n, key in enumerate(cursor)}}


@cache
def _page(order: ThreadOrder, goes_on: bool) -> Select[*tuple[Any, ...]]:
    article_id, keys = bindparam("article_id", type_=BigId), _KEYS[order]
    query = (
        drawn_columns()
        .add_columns(tallies.approved_below(article_id).label("total"))
        .where(Comment.article_id == article_id, Comment.state == State.APPROVED)
    )
    if goes_on:
        cursor = (bindparam(f"key_{n}", type_=key.type) for n, key in enumerate(keys))
        query = query.where(tuple_(*keys) > tuple_(*cursor))
    return query.order_by(*keys).limit(PAGE_SIZE + 1)


def drawn_columns() -> Select[*tuple[Any, ...]]:
    """What is read of a comment that is drawn."""
    return select(*_COLUMNS)
