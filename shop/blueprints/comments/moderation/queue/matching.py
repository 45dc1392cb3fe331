"""The queue's order and its filters, over a million comments.

What an index answers is asked of it: the state, the article, the email address, the campaign. What none can (words in
a text, kinds of evidence, all but the first of a campaign) is sifted out of at most a thousand comments a page, in
their order; a page that comes out short says so, and its cursor goes on behind the last one that was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment, Decision
from shop.blueprints.comments.moderation.queue.filters import QueueFilter, QueueOrder
from shop.core.web.pagination import beyond, decode_cursor, encode_cursor
from shop.plugins.api import db

PAGE_SIZE = 50
WINDOW = 1000
LONGEST_SEARCH = 200
NEWEST_READ = 2_000


@dataclass(frozen=True, slots=True)
class MatchingPage:
    """The ids of a page, in order. `is_cut`: it was looked at no further, though more may match."""

    ids: Sequence[int]
    next_cursor: str | None
    is_cut: bool = False


def find_matching(
    wanted: QueueFilter,
    *,
    after: str | None = None,
    size: int = PAGE_SIZE,
    grouped: bool | None = None,
    until: int | None = None,
) -> MatchingPage:
    """A page of what is wanted.

    Args:
        grouped: whether one comment stands for all of its campaign; as `wanted` says when not given.
        until: the highest id; what came later is left out.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    if grouped is None:
        grouped = wanted.is_grouped
    keys, last, looked = _keys(wanted), None, 0
    found: list[Row[*tuple[Any, ...]]] = []
    seen: set[str] = set()
    for row in _candidates(wanted, after, size, until):
        last, looked = row, looked + 1
        if not row.matches or (wanted.check and not speaks_against(row.evidence, wanted.check)):
            continue
        if grouped and row.campaign:
            if row.campaign in seen or (row.follows and not wanted.is_sifted):
                continue
            seen.add(row.campaign)
        if len(found) == size:
            return MatchingPage([each.id for each in found], _cursor(keys, found[-1]))
        found.append(row)
    if last is not None and looked >= WINDOW:
        return MatchingPage(
            [each.id for each in found], _cursor(keys, last), is_cut=len(found) < size
        )
    return MatchingPage([each.id for each in found], None)


def speaks_against(evidence: Sequence[dict[str, Any]], check: str) -> bool:
    """Whether a check said something against a comment, or could not say anything."""
    return any(
        each.get("check") == check and (each.get("points", 0) > 0 or each.get("is_unsure"))
        for each in evidence
    )


def candidates(wanted: QueueFilter, after: str | None = None) -> Select[*tuple[Any, ...]]:
    """Those that an index finds, in order, with what is left to be looked at.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    keys, kinds, descending = _keys(wanted), _kinds(wanted), _is_descending(wanted)
    columns: list[Any] = [Comment.id, Comment.campaign, *keys[:-1]]
    columns.append((_matches(wanted) if _needs_reading(wanted) else literal(1)).label("matches"))
    columns.append((_follows(wanted) if wanted.is_grouped else literal(0)).label("follows"))
    if wanted.check:
        columns.append(Comment.evidence)
    query = select(*columns).where(Comment.state == wanted.state)
    if wanted.article:
        query = query.where(Comment.article_id == _article_id(wanted.article))
    if wanted.email:
        query = query.where(Comment.email == wanted.email)
    if wanted.campaign:
        query = query.where(Comment.campaign == wanted.campaign)
    if after:
        query = query.where(beyond(keys, decode_cursor(after, kinds), descending=descending))
    return query.order_by(*([key.desc() for key in keys] if descending else keys))


def _candidates(
    wanted: QueueFilter, after: str | None, size: int, until: int | None
) -> Iterator[Row[*tuple[Any, ...]]]:
    """At most a window of them: a page's worth at first, the others when that was not enough."""
    done = 0
    for batch in (min(size * 2, WINDOW), WINDOW):
        if done >= WINDOW:
            return
        query = candidates(wanted, after).limit(min(batch, WINDOW - done))
        if until is not None:
            query = query.where(Comment.id <= until)
        rows = db.session.execute(query).all()
        yield from rows
        done += len(rows)
        if len(rows) < min(batch, WINDOW):
            return
        after = _cursor(_keys(wanted), rows[-1])


def _article_id(slug: str) -> int:
    found = db.session.scalar(select(Article.id).where(Article.slug == slug).limit(1))
    return found or 0


def _keys(wanted: QueueFilter) -> list[InstrumentedAttribute[Any]]:
    """The columns of an index in whose order the comments stand."""
    if wanted.in_order in (QueueOrder.SPAM_LAST, QueueOrder.SPAM_FIRST):
        return [Comment.score, Comment.posted_at, Comment.id]
    return [Comment.id] if wanted.campaign else [Comment.posted_at, Comment.id]


def _kinds(wanted: QueueFilter) -> list[type]:
    return [datetime if key.key == "posted_at" else int for key in _keys(wanted)]


def _is_descending(wanted: QueueFilter) -> bool:
    return wanted.in_order in (QueueOrder.NEWEST, QueueOrder.SPAM_FIRST)


def _cursor(keys: Sequence[InstrumentedAttribute[Any]], row: Row[*tuple[Any, ...]]) -> str:
    return encode_cursor([getattr(row, key.key) for key in keys])


def _follows(wanted: QueueFilter) -> ColumnElement[bool]:
    """Whether another of its campaign stands for it: the first that came, or where the newest lead, the last."""
    other = aliased(Comment)
    is_newest_first = wanted.in_order is QueueOrder.NEWEST
    leads = other.id > Comment.id if is_newest_first else other.id < Comment.id
    return _has_other(other, wanted, leads)


def _needs_reading(wanted: QueueFilter) -> bool:
    return (
        wanted.unread
        or wanted.groups
        or bool((wanted.search or wanted.by) and not (wanted.email and not _also(wanted)))
    )


def _also(wanted: QueueFilter) -> bool:
    """Whether there is something to read for beside the email address."""
    return bool(wanted.search and wanted.by)


def _matches(wanted: QueueFilter) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [_was_read_by_nobody()] if wanted.unread else []
    if wanted.groups:
        conditions.append(_others_are_alike(wanted))
    if wanted.by and wanted.by.lower() != wanted.email:
        part = wanted.by.lower()
        if part.startswith("@"):
            conditions.append(Comment.email.endswith(part, autoescape=True))
        else:
            conditions.append(_has(Comment.author_name, wanted.by))
    if wanted.search and wanted.search.lower() != wanted.email:
        words = wanted.search[:LONGEST_SEARCH]
        titled = select(Article.id).where(
            Article.id == Comment.article_id, _has(Article.title, words)
        )
        conditions.append(
            or_(_has(Comment.author_name, words), _has(Comment.body, words), titled.exists())
        )
    return and_(literal(value=True), *conditions)


def newest_with(words: str, limit: int) -> Sequence[Comment]:
    """Among the newest comments, in whatever state: those with these words in text, name or address."""
    newest = select(Comment.id).order_by(Comment.id.desc()).limit(NEWEST_READ).subquery()
    words = words[:LONGEST_SEARCH]
    query = select(Comment).join(newest, newest.c.id == Comment.id)
    places = (Comment.author_name, Comment.body, Comment.email)
    found = query.where(or_(*(_has(place, words) for place in places)))
    return db.session.scalars(found.order_by(Comment.id.desc()).limit(limit)).all()


def _others_are_alike(wanted: QueueFilter) -> ColumnElement[bool]:
    other = aliased(Comment)
    return _has_other(other, wanted, other.id != Comment.id)


def _has_other(
    other: type[Comment], wanted: QueueFilter, is_other: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether there is another of its campaign. For one that is of none, PostgreSQL might look through them all."""
    same = select(other.id).where(
        other.campaign == Comment.campaign, other.state == wanted.state, is_other
    )
    return and_(Comment.campaign.is_not(None), same.exists())


def _was_read_by_nobody() -> ColumnElement[bool]:
    """Whether its present text came here, and not from an import, and no decision was made on it."""
    decided = select(Decision.id).where(
        Decision.comment_id == Comment.id, Decision.version == Comment.version
    )
    return and_(
        Comment.import_key.is_(None),
        Comment.is_staff.is_(False),
        Comment.original_body.is_(None),
        ~decided.exists(),
    )


def _has(column: InstrumentedAttribute[str], words: str) -> ColumnElement[bool]:
    """Whether a text holds these words; as they were typed too, because SQLite lowers only the letters of ASCII."""
    lowered = func.lower(column).contains(words.lower(), autoescape=True)
    return lowered if words.isascii() else or_(lowered, column.contains(words, autoescape=True))
