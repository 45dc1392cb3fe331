"""Rows as plain values and back. Whatever column a table gets later goes out and comes in by itself.

Keys, references and what opens something are never among the values: another site has its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Select, inspect

from shop.core.database.columns import UtcDateTime
from shop.core.errors import Refused
from shop.extensions import Model, db

AT_ONCE = 200
R = TypeVar("R", bound=Model)

_OURS_ALONE = frozenset(
    {"link_key", "import_key", "address_key", "confirmed_address_key", "account_id"}
)


def in_batches(query: Select[R], id_column: Any) -> Iterator[R]:
    """Every row by its id, some at a time, each portion in a transaction of its own; not for a unit of work."""
    last = 0
    while True:
        found = db.session.scalars(
            query.where(id_column > last).order_by(id_column).limit(AT_ONCE)
        ).all()
        if found:
            last = getattr(found[-1], id_column.key)
        yield from found
        db.session.rollback()
        db.session.expunge_all()
        if len(found) < AT_ONCE:
            return


def values_of(row: Model, *, leaving_out: Collection[str] = ()) -> dict[str, Any]:
    """The plain columns of a row, by name; moments and days in ISO 8601. Its key and its references are none."""
    return {
        name: value.isoformat() if isinstance(value := getattr(row, name), date) else value
        for name in _columns(type(row))
        if name not in leaving_out
    }


def set_values(
    row: Model,
    said: Mapping[str, Any],
    *,
    leaving_out: Collection[str] = (),
    needs: Collection[str] = (),
) -> None:
    """Set the plain columns that are said. What this version does not know is passed over.

    Args:
        row: not stored yet.
        said: the values of a row by name, as they were written, and whatever else.
        leaving_out: columns that stay as they are.
        needs: columns that have to be said.

    Raises:
        Refused: one is missing, or a value does not fit its column; says which.
    """
    for name in needs:
        if name not in said:
            raise Refused(f"{name} is missing")
    for name, column in _columns(type(row)).items():
        if name in said and name not in leaving_out:
            setattr(row, name, _fitting(name, column, said[name]))


def moment_of(written: Any) -> datetime | None:
    """A moment that `values_of` wrote, or None.

    Raises:
        Refused: it is something else.
    """
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        moment = datetime.min.replace(tzinfo=UTC)
    if moment.tzinfo is None or not 1970 <= moment.year < 9000:
        raise Refused(f"{str(written)[:40]!r} is not a date and time")
    return moment


def _day_of(written: Any) -> date:
    try:
        return date.fromisoformat(written)
    except (TypeError, ValueError):
        raise Refused(f"{str(written)[:40]!r} is not a date") from None


def _columns(model: type[Model]) -> dict[str, Column[Any]]:
    found = {}
    for attribute in inspect(model).column_attrs:
        column = attribute.columns[0]
        if isinstance(column, Column) and not (
            column.primary_key or column.foreign_keys or attribute.key in _OURS_ALONE
        ):
            found[attribute.key] = column
    return found


def _fitting(name: str, column: Column[Any], value: Any) -> Any:
    if value is None:
        if not column.nullable:
            raise Refused(f"{name} is missing")
        return None
    if isinstance(column.type, UtcDateTime):
        return moment_of(value)
    kind = column.type.python_type
    if kind is date:
        return _day_of(value)
    if kind in {str, int, bool} and type(value) is not kind:
        raise Refused(f"{name} has the wrong type of value")
    longest = getattr(column.type, "length", None)
    if kind is str and longest is not None and len(value) > longest:
        raise Refused(f"{name} has more than {longest} characters")
    if kind is int and not -(2**31) < value < 2**53:
        raise Refused(f"{name} is too large")
    return value
