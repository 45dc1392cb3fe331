"""A site's rows, copied within PostgreSQL until its tables are large: with other ids, slugs, tokens and dates.

Each copy of a row belongs to the copies of the rows that the first one belongs to, so that an order has its lines and a
comment its article. Accounts, settings, zones and rates stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from graphlib import TopologicalSorter

from sqlalchemy import Column, Connection, Date, DateTime, Integer, LargeBinary, String, Table, text

from shop.extensions import Base

LARGE = frozenset(
    (
        "activity_entry",
        "comment",
        "contact_message",
        "job",
        "newsletter_subscriber",
        "order_line",
        "order_transition",
        "payment",
        "search_index",
        "shop_order",
        "stock_movement",
    )
)
"""What grows with visitors and years. Other tables grow to a hundredth of it."""
OTHERS = 100
KEPT = frozenset(
    (
        "account",
        "activity_head",
        "comment_wording",
        "hook_health",
        "host",
        "invoice_series",
        "schema_support",
        "setting",
        "shipping_rate",
        "shipping_zone",
        "switched_off_plugin",
        "tax_rate",
    )
)
SOON_DONE = frozenset(("shop_order.to_send_since",))
"""Columns that say what waits for somebody's hands: in all copies but one in `SELDOM` that is done."""
DONE_AT = frozenset(("contact_message.done_at",))
"""Columns that say since when something waits no more: the same."""
SELDOM = 200
STEP = 10_000
"""Between the ids of a row and of its copy; more than any table has rows before."""
MOST_COPIES = 2**31 // STEP - 1
"""Of a row: the id of the next would fit no four bytes. A table that begins with a row or two stays smaller."""
OFTEN = "11 minutes"
"""Between the dates of a row and of its copy."""
WORDS = frozenset(("email", "recipient", "author_name", "name_key", "key", "slug", "path"))
"""Columns whose values differ from row to row, besides those that must."""
CHOICES = frozenset(("country", "currency", "kind", "provider", "series", "source", "state"))
"""Columns that hold one of a few words, though these are part of what must be unique."""


def multiply(connection: Connection, rows: int, large: Collection[str] = LARGE) -> dict[str, int]:
    """Fill the tables; how many rows each has then.

    Args:
        rows: about how many a large table gets.
        large: the tables that get so many.
    """
    connection.execute(text("SET session_replication_role = replica"))  # no triggers, no checks
    connection.execute(text("SET statement_timeout = 0"))
    connection.execute(text("SET maintenance_work_mem = '1GB'"))
    tables = list(_growing())
    copies: dict[str, int] = {}
    for table in tables:
        there = _count(connection, table)
        wanted = rows if table.name in large else rows // OTHERS
        copies[table.name] = min(MOST_COPIES, max(0, wanted // there - 1)) if there else 0
        if copies[table.name]:
            _copy(connection, table, copies)
    connection.execute(text("SET session_replication_role = origin"))
    connection.commit()
    connection.execute(text("ANALYZE"))
    connection.commit()
    return {table.name: _count(connection, table) for table in tables if copies[table.name]}


def _growing() -> Iterable[Table]:
    """Those that grow, each after the tables that it belongs to."""
    named = {
        table.name: table
        for table in Base.metadata.sorted_tables
        if table.name not in KEPT and not table.name.startswith("plugin_")
    }
    above = {
        name: {key.column.table.name for key in table.foreign_keys} & named.keys() - {name}
        for name, table in named.items()
    }
    return (named[name] for name in TopologicalSorter(above).static_order())


def _copy(connection: Connection, table: Table, copies: dict[str, int]) -> None:
    """The indexes are dropped and built again afterwards: that takes a fifth of the time."""
    unique = _unique_columns(connection, table)
    values = {
        column.name: _value(column, copies, column.name in unique) for column in table.columns
    }
    indexes = [index for index in table.indexes if not index.unique]
    for index in indexes:
        index.drop(connection)
    connection.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(values)}) SELECT {', '.join(values.values())}"
            f" FROM {table.name}, generate_series(1, :copies) AS k ON CONFLICT DO NOTHING"
        ),
        {"copies": copies[table.name]},
    )
    for index in indexes:
        index.create(connection)
    connection.commit()


def _value(column: Column[object], copies: dict[str, int], is_unique: bool) -> str:
    """What stands in a column of copy number k."""
    name = f"{column.table.name}.{column.name}"
    keys = list(column.foreign_keys)
    if keys:
        above = copies.get(keys[0].column.table.name, 0)
        return f"{name} + (k % {above + 1}) * {STEP}" if above and _counts(column) else name
    if _counts(column):
        return f"{name} + k * {STEP}" if is_unique else name
    if name in SOON_DONE:
        return f"CASE WHEN k % {SELDOM} = 0 THEN {name} END"
    if name in DONE_AT:
        return (
            f"CASE WHEN k % {SELDOM} = 0 THEN {name} ELSE created_at - k * interval '{OFTEN}' END"
        )
    if isinstance(column.type, DateTime):
        return f"{name} - k * interval '{OFTEN}'"
    if isinstance(column.type, Date):
        return f"{name} - k" if is_unique else name
    if isinstance(column.type, LargeBinary):
        return f"{name} || int4send(k)" if is_unique else name
    is_other = (is_unique or column.name in WORDS) and column.name not in CHOICES
    if isinstance(column.type, String) and is_other:
        return _other_words(column, name)
    return name


def _other_words(column: Column[object], name: str) -> str:
    """A value with the copy's number in front; a number, as which a key may be written, stays one."""
    longest = getattr(column.type, "length", None) or 10_000
    return (
        f"CASE WHEN {name} ~ '^[0-9]{{1,9}}$' THEN ({name}::bigint + k * {STEP})::text"
        f" ELSE left(k || '-' || {name}, {longest}) END"
    )


def _counts(column: Column[object]) -> bool:
    return isinstance(column.type, Integer)


def _unique_columns(connection: Connection, table: Table) -> set[str]:
    """The columns that an index or a key lets no value stand in twice."""
    found = connection.execute(
        text(
            "SELECT DISTINCT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
            " AND attnum = ANY(indkey) WHERE indisunique AND indrelid = CAST(:name AS regclass)"
        ),
        {"name": table.name},
    )
    return set(found.scalars())


def _count(connection: Connection, table: Table) -> int:
    count: int = connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()
    return count
