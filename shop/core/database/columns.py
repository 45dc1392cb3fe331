"""Column types and defaults that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, TypeDecorator
from sqlalchemy.orm import mapped_column

from shop.core import clock

# SQLite only auto-increments a column that is declared exactly INTEGER PRIMARY KEY.
BigId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, on SQLite too, where the driver would return a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must carry its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """What reads a column: of SQLite's text in one step, because a page of comments has two hundred moments."""
        return _in_utc if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.astimezone(UTC)


def _in_utc(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)


primary_key = Annotated[int, mapped_column(BigId, primary_key=True)]
"""Type of a column that numbers the rows: `id: Mapped[primary_key]`."""

moment = Annotated[datetime, mapped_column(UtcDateTime)]
"""Type of a column that holds a moment, aware and in UTC; one that may be empty is `Mapped[moment | None]`."""

created = Annotated[datetime, mapped_column(UtcDateTime, default=clock.now)]
"""Type of a column that holds when the row was made (UTC)."""
