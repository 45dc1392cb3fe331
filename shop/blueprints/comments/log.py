"""The log of decisions, newest first, with filters. One that no index answers looks at a thousand decisions a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select

from shop.blueprints.accounts.models import Account, Role
from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment, Decision, State
from shop.core.pagination import beyond, decode_cursor, encode_cursor
from shop.extensions import db

PAGE_SIZE = 50
WINDOW = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """Which decisions: `by` an account's id, `to` a state, `article` a slug, `comment` an id, `until` a day."""

    by: int | None = None
    to: State | None = None
    article: str = ""
    comment: int | None = None
    until: date | None = None

    @classmethod
    def asked(cls, given: Mapping[str, str]) -> Kept:
        """From an address; what makes no sense is left out."""
        to = given.get("to", "")
        return cls(
            by=_number(given.get("by", "")),
            to=State(to) if to in set(State) else None,
            article=given.get("article", "").strip()[:200],
            comment=_number(given.get("comment", "")),
            until=_day(given.get("until", "")),
        )

    def in_address(self) -> dict[str, Any]:
        """As it stands in an address."""
        return {
            "by": self.by,
            "to": self.to,
            "article": self.article or None,
            "comment": self.comment,
            "until": self.until.isoformat() if self.until else None,
        }

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Kept()


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows of decision, name of the comment's author, the comment's version, title and slug of its article."""

    items: Sequence[Row[*tuple[Any, ...]]]
    next_cursor: str | None
    is_cut: bool = False


def decisions(kept: Kept, *, after: str | None = None) -> Entries:
    """A page of the log.

    Raises:
        NotFound: `after` is no cursor of ours.
    """
    window = db.session.execute(_window(kept, after)).all()
    found = [row for row in window if _is_kept(row, kept)]
    page = found[:PAGE_SIZE]
    entries = _with_decisions(page)
    if len(found) > PAGE_SIZE:
        return Entries(entries, encode_cursor([page[-1].id]))
    if len(window) == WINDOW:
        return Entries(entries, encode_cursor([window[-1].id]), is_cut=True)
    return Entries(entries, None)


def people() -> list[tuple[int, str]]:
    """Who may have decided: the staff."""
    query = select(Account.id, Account.name).where(Account.role != Role.BUYER)
    return [(row.id, row.name) for row in db.session.execute(query.order_by(Account.name))]


def _window(kept: Kept, after: str | None) -> Select[*tuple[Any, ...]]:
    columns = (
        Decision.id,
        Decision.to_state,
        Comment.author_name,
        Comment.version,
        Article.title,
        Article.slug,
    )
    query = (
        select(*columns)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Article, Article.id == Comment.article_id)
    )
    if kept.by is not None:
        query = query.where(Decision.by_id == kept.by)
    elif kept.to is not None:
        query = query.where(Decision.to_state == kept.to)
    if kept.comment is not None:
        query = query.where(Decision.comment_id == kept.comment)
    newest = None if after else _last_of(kept.until)
    if newest is not None:
        query = query.where(Decision.id <= newest)
    if after:
        query = query.where(beyond([Decision.id], decode_cursor(after, [int]), descending=True))
    is_sifted = kept.article or (kept.by is not None and kept.to is not None)
    return query.order_by(Decision.id.desc()).limit(WINDOW if is_sifted else PAGE_SIZE + 1)


def _is_kept(row: Row[*tuple[Any, ...]], kept: Kept) -> bool:
    return (not kept.article or row.slug == kept.article) and kept.to in (None, row.to_state)


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


def _with_decisions(page: Sequence[Row[*tuple[Any, ...]]]) -> list[Any]:
    ids = [row.id for row in page]
    found = {
        each.id: each for each in db.session.scalars(select(Decision).where(Decision.id.in_(ids)))
    }
    return [
        (found[row.id], row.author_name, row.version, row.title, row.slug)
        for row in page
        if row.id in found
    ]


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else None


def _day(given: str) -> date | None:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if day.year < 9999 else None
