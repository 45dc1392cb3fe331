"""Keyset pages: the next page begins after the last row seen, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from shop.core.errors import NotFound
from shop.extensions import Base, db

T = TypeVar("T")
R = TypeVar("R", bound=Base)

MAX_INTEGER = 2**53
LONGEST_CURSOR = 400  # characters; ours are a quarter of it, and a deep nesting in a long one would break the parser


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursors (opaque text for `?after=`) of what comes next, if anything does."""

    items: Sequence[T]
    next_cursor: str | None

    @classmethod
    def of(cls, rows: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> Page[T]:
        """Make a page of at most `limit` from rows queried with `limit + 1`; `key` gives a row's sort values."""
        if len(rows) <= limit:
            return cls(rows, None)
        return cls(rows[:limit], encode_cursor(key(rows[limit - 1])))


def newest_first(
    query: Select[R], key: InstrumentedAttribute[int], *, after: str | None, size: int
) -> Page[R]:
    """A page of at most `size` rows, those with the highest `key` (their id) first, from the cursor `after` on.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    if after:
        query = query.where(beyond([key], decode_cursor(after, [int]), descending=True))
    rows = db.session.scalars(query.order_by(key.desc()).limit(size + 1)).all()
    return Page.of(rows, size, lambda row: [getattr(row, key.key)])


def encode_cursor(values: Sequence[Any]) -> str:
    """Opaque text for sort values; moments become ISO 8601."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: Sequence[type]) -> list[Any]:
    """The sort values in a cursor, checked against the kinds expected.

    Raises:
        NotFound: nobody here made this cursor.
    """
    if len(cursor) > LONGEST_CURSOR:
        raise NotFound
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_as(kind, value) for kind, value in zip(kinds, list(values), strict=True)]
    except (ValueError, TypeError, OverflowError):
        raise NotFound from None


def _as(kind: type, value: Any) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)  # overflows here rather than on its way to the database
    if type(value) is not kind or (isinstance(value, int) and abs(value) > MAX_INTEGER):
        raise ValueError
    return value


def beyond(
    columns: Sequence[InstrumentedAttribute[Any]], cursor: Sequence[Any], *, descending: bool
) -> ColumnElement[bool]:
    """Rows after the cursor in the order of `columns`, all ascending or all descending."""
    left = tuple_(*columns)
    right = tuple_(
        *(literal(value, column.type) for value, column in zip(cursor, columns, strict=True))
    )
    return left < right if descending else left > right
