"""A backup of SQLite put into an empty PostgreSQL: the way of a site that has outgrown one file.

Values cross as they are: PostgreSQL reads SQLite's 0 and 1 as truth values, its text as moments (UTC) and JSON. What
the full-text search keeps beside its rows is made anew, because the two find in ways of their own.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, MetaData, Table, func, select, text

from shop.core.errors import Refused
from shop.core.search import make_all_findable, vocabulary


def copy_across(connection: Connection, file: Path, names: set[str]) -> None:
    """Fill the tables of PostgreSQL, which are made and empty, from a SQLite file.

    Args:
        connection: inside a transaction.
        file: the SQLite file.
        names: its tables.

    Raises:
        Refused: a table is missing here, or PostgreSQL does not take a value; the words say of which table.
    """
    metadata = MetaData()
    metadata.reflect(connection)
    if missing := sorted(names - set(metadata.tables)):
        raise Refused(
            f"There is no place here for {', '.join(missing)}. Name their plugins in SHOP_PLUGINS, or let them go on "
            "the old site with `shop plugins purge`, and back up again."
        )
    with closing(sqlite3.connect(file)) as source:
        for table in metadata.sorted_tables:
            if table.name in names:
                _copy_table(connection, source, table)
                _go_on_counting(connection, source, table)
    if vocabulary.TABLE.name in metadata.tables:  # else the upgrade that makes it does this
        make_all_findable(connection)
    connection.execute(text("ANALYZE"))


def _copy_table(connection: Connection, source: sqlite3.Connection, table: Table) -> None:
    columns = [column.name for column in table.columns if column.computed is None]
    listed = ", ".join(map(connection.dialect.identifier_preparer.quote_identifier, columns))
    name = connection.dialect.identifier_preparer.quote_identifier(table.name)
    driver: Any = connection.connection.driver_connection
    try:
        rows = source.execute(f"SELECT {listed} FROM {name}")  # noqa: S608 - names of tables and columns
        with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({listed}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except (psycopg.Error, sqlite3.Error) as error:
        said = str(error).partition("\n")[0]
        raise Refused(f"The rows of {table.name} do not fit into PostgreSQL: {said}") from error


def _go_on_counting(connection: Connection, source: sqlite3.Connection, table: Table) -> None:
    """Let the next row get a number that no row has had."""
    for column in table.primary_key.columns:
        owned = select(func.pg_get_serial_sequence(table.name, column.name))
        if sequence := connection.scalar(owned):
            highest = max(connection.scalar(select(func.max(column))) or 0, _given(source, table))
            if highest:
                connection.execute(select(func.setval(sequence, highest)))


def _given(source: sqlite3.Connection, table: Table) -> int:
    """The highest number that SQLite has given away, where it remembers that; its row may be gone."""
    counts = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
    if source.execute(counts).fetchone() is None:
        return 0
    asked = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    (number,) = source.execute(asked, [table.name]).fetchone() or (0,)
    return int(number)
