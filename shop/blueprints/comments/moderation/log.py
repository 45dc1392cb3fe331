"""The log of decisions, newest first, with filters. What was decided in one go is one line, with one undo.

A page looks at a thousand decisions; what no index answers is sifted out of these.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, select

from shop.blueprints.accounts.models import Account, Role
from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment, Decision, State
from shop.core.text import as_day, as_number
from shop.core.web.pagination import beyond, decode_cursor, encode_cursor
from shop.plugins.api import db

PAGE_SIZE = 50
WINDOW = 1000
EXCERPT = 160


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which decisions: `by` an account's id, `to` a state, `article` a slug, `comment` an id, `until` a day.

    With `batch`, each of what was decided in one go stands alone.
    """

    by: int | None = None
    to: State | None = None
    article: str = ""
    comment: int | None = None
    batch: str = ""
    until: date | None = None

    @classmethod
    def asked(cls, given: Mapping[str, str]) -> LogFilter:
        """From an address; what makes no sense is left out."""
        to = given.get("to", "")
        return cls(
            by=as_number(given.get("by", "")),
            to=State(to) if to in set(State) else None,
            article=given.get("article", "").strip()[:200],
            comment=as_number(given.get("comment", "")),
            batch=given.get("batch", "")[:32],
            until=as_day(given.get("until", "")),
        )

    def in_address(self) -> dict[str, Any]:
        """As it is in an address."""
        return {
            "by": self.by,
            "to": self.to,
            "article": self.article or None,
            "comment": self.comment,
            "batch": self.batch or None,
            "until": self.until.isoformat() if self.until else None,
        }

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == LogFilter()

    @property
    def is_folded(self) -> bool:
        """Whether what was decided in one go is one line."""
        return not (self.batch or self.article) and self.comment is None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log: a decision with the beginning of the comment's text, or a whole batch as its last decision.

    `size` counts the batch's decisions, `open` those that can still be undone because nobody has decided since.
    """

    decision: Decision
    author_name: str
    title: str
    text: str
    size: int
    open: int


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of the log. `is_cut`: it was looked at no further, though more may match."""

    items: Sequence[Entry]
    next_cursor: str | None
    is_cut: bool = False


def decisions(kept: LogFilter, *, after: str | None = None) -> Entries:
    """A page of the log.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    window = db.session.execute(window_of(kept, after)).all()
    below = _below(kept.article, [row.comment_id for row in window])
    found = [row for row in window if _is_kept(row, kept, below)]
    if kept.is_folded:
        leading = _last_of_batches({row.batch for row in found}, kept)
        found = [row for row in found if row.id in leading]
    entries = _entries([row.id for row in found[:PAGE_SIZE]], folded=kept.is_folded)
    if len(found) > PAGE_SIZE:
        return Entries(entries, encode_cursor([found[PAGE_SIZE - 1].id]))
    if len(window) == WINDOW:
        return Entries(entries, encode_cursor([window[-1].id]), is_cut=True)
    return Entries(entries, None)


def people() -> list[tuple[int, str]]:
    """Who may have decided: the staff."""
    query = select(Account.id, Account.name).where(Account.role != Role.BUYER)
    return [(row.id, row.name) for row in db.session.execute(query.order_by(Account.name))]


def window_of(kept: LogFilter, after: str | None = None) -> Select[*tuple[Any, ...]]:
    """Decisions that an index finds, newest first: a page, or a window where something is left to be looked at.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    query = select(Decision.id, Decision.comment_id, Decision.to_state, Decision.batch)
    if kept.batch:
        query = query.where(Decision.batch == kept.batch)
    elif kept.comment is not None:
        query = query.where(Decision.comment_id == kept.comment)
    elif kept.by is not None:
        query = query.where(Decision.by_id == kept.by)
    elif kept.to is not None:
        query = query.where(Decision.to_state == kept.to)
    newest = None if after else _last_of(kept.until)
    if newest is not None:
        query = query.where(Decision.id <= newest)
    if after:
        query = query.where(beyond([Decision.id], decode_cursor(after, [int]), descending=True))
    is_plain = not kept.article and not kept.is_folded and kept.to is None
    return query.order_by(Decision.id.desc()).limit(PAGE_SIZE + 1 if is_plain else WINDOW)


def _last_of_batches(batches: Collection[str], kept: LogFilter) -> set[int]:
    """Of each batch the last decision that is kept: the one that stands for it, on whatever page that is."""
    query = select(func.max(Decision.id)).where(Decision.batch.in_(batches))
    if kept.to is not None:
        query = query.where(Decision.to_state == kept.to)
    newest = _last_of(kept.until)
    if newest is not None:
        query = query.where(Decision.id <= newest)
    return set(db.session.scalars(query.group_by(Decision.batch))) if batches else set()


def _below(article: str, comment_ids: Sequence[int]) -> set[int] | None:
    """Those of the comments that are below an article; None when any will do."""
    if not article:
        return None
    query = select(Comment.id).join(Article, Article.id == Comment.article_id)
    return set(
        db.session.scalars(query.where(Comment.id.in_(comment_ids), Article.slug == article))
    )


def _is_kept(row: Row[*tuple[Any, ...]], kept: LogFilter, below: set[int] | None) -> bool:
    return (below is None or row.comment_id in below) and kept.to in (None, row.to_state)


def _last_of(day: date | None) -> int | None:
    """The last decision up to the end of a day (UTC), found by halving: ids and moments grow together."""
    if day is None:
        return None
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    low, high = 0, db.session.scalar(select(func.max(Decision.id))) or 0
    while low < high:
        middle = (low + high + 1) // 2
        first = select(Decision.decided_at).where(Decision.id >= middle).order_by(Decision.id)
        at = db.session.scalar(first.limit(1))
        low, high = (middle, high) if at is not None and at < end else (low, middle - 1)
    return low


def _entries(ids: Sequence[int], *, folded: bool) -> list[Entry]:
    query = (
        select(
            Decision,
            Comment.author_name,
            Comment.version,
            func.substr(Comment.body, 1, EXCERPT).label("text"),
            Article.title,
        )
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Article, Article.id == Comment.article_id)
        .where(Decision.id.in_(ids))
    )
    rows = db.session.execute(query).all() if ids else []
    sizes = _sizes([row.Decision.batch for row in rows]) if folded else {}
    found = []
    for decision, name, version, text, title in rows:
        is_open = decision.undone_at is None and decision.version == version
        size, left = sizes.get(decision.batch, (1, int(is_open)))
        found.append(Entry(decision, name, title, text or "", size, left))
    return sorted(found, key=lambda entry: entry.decision.id, reverse=True)


def _sizes(batches: Collection[str]) -> dict[str, tuple[int, int]]:
    """How many were decided in each batch, and how many of them nobody has decided on since."""
    is_open = and_(Decision.undone_at.is_(None), Comment.version == Decision.version)
    query = (
        select(Decision.batch, func.count(), func.sum(case((is_open, 1), else_=0)))
        .join(Comment, Comment.id == Decision.comment_id)
        .where(Decision.batch.in_(batches))
        .group_by(Decision.batch)
    )
    return {batch: (size, left) for batch, size, left in db.session.execute(query)}
