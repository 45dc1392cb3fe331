"""The database as of one moment, taken while others write, and put back into an empty one.

SQLite copies itself (`VACUUM INTO`): a reader, which keeps nobody from writing. From PostgreSQL each table is copied
inside one snapshot (`REPEATABLE READ`), by the driver: no program of a certain version has to be installed. Put back,
our migrations and the plugins' make the tables as they were, and the rows are copied in.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from shop.backups import crossing
from shop.core import database
from shop.core.database import patience
from shop.core.errors import Refused
from shop.extensions import Base, db
from shop.plugins.installed import migrations

SQLITE_FILE, TABLES = "shop.sqlite3", "tables.json"
PORTION = 1024 * 1024


def take_database(folder: Path) -> dict[str, int]:
    """Write the present database into an empty folder; how many rows each table has.

    Raises:
        sqlite3.Error, SQLAlchemyError, OSError: it can't be read, or the disk is full.
    """
    if db.engine.dialect.name == "sqlite":
        copy = folder / SQLITE_FILE
        with closing(sqlite3.connect(_sqlite_path(), isolation_level=None)) as connection:
            connection.execute(f"PRAGMA busy_timeout={database.SQLITE_BUSY_MS}")
            connection.execute("VACUUM INTO ?", [str(copy)])
        return counts_of_file(copy)
    with patience.unhurried(), _snapshot(db.engine) as connection:
        return _copy_out(connection, folder)


def put_database(folder: Path, revisions: dict[str, str]) -> None:
    """Fill the present database, which is empty, with what `take_database` wrote, or leave it empty.

    Raises:
        Refused: a SQLite file is damaged, or PostgreSQL can't take what is in it.
        SQLAlchemyError, OSError: it can't be written.
    """
    file = folder / SQLITE_FILE
    if file.exists():
        _check_file(file)
    if db.engine.dialect.name == "sqlite":
        file.rename(_sqlite_path())
        return
    try:
        migrations.upgrade_to(revisions)
        with patience.unhurried(), db.engine.begin() as connection:
            if file.exists():
                _copy_across(connection, file)
            else:
                _copy_in(connection, folder)
    except BaseException:
        empty_database()
        raise


def count_rows() -> dict[str, int]:
    """How many rows each table of the present database has."""
    if db.engine.dialect.name == "sqlite":
        return counts_of_file(_sqlite_path())
    with patience.unhurried(), _snapshot(db.engine) as connection:
        names = inspect(connection).get_table_names()
        return {
            name: connection.scalar(text(f"SELECT count(*) FROM {_quoted(name)}")) or 0  # noqa: S608 - names of tables
            for name in sorted(names)
        }


def is_empty() -> bool:
    """Whether the present database has no table at all."""
    if db.engine.dialect.name == "sqlite" and not _sqlite_path().exists():
        return True
    with db.engine.connect() as connection:
        return not inspect(connection).get_table_names()


def empty_database() -> None:
    """Take every table away that a restore has made."""
    if db.engine.dialect.name == "sqlite":
        db.engine.dispose()
        for ending in ("", "-wal", "-shm"):
            Path(f"{_sqlite_path()}{ending}").unlink(missing_ok=True)
        return
    with db.engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            connection.execute(text(f"DROP TABLE {_quoted(name)} CASCADE"))
        connection.execute(text("DROP FUNCTION IF EXISTS activity_only_grows CASCADE"))


# SQLite


def _sqlite_path() -> Path:
    return Path(make_url(str(db.engine.url)).database or "")


def counts_of_file(path: Path) -> dict[str, int]:
    """How many rows each table of a SQLite file has; those of the full-text search are its own business."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "AND name NOT LIKE 'search_index_%' ORDER BY name"
        ).fetchall()
        return {
            name: connection.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]  # noqa: S608
            for (name,) in names
        }


def _check_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        try:
            (said,) = connection.execute("PRAGMA integrity_check").fetchone()
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            said, orphans = str(error), []
    if said != "ok":
        raise Refused(f"The database in it is damaged: {said}")
    if orphans:
        raise Refused(
            f"The database in it is damaged: {len(orphans)} rows refer to rows that are missing."
        )


# PostgreSQL


def _snapshot(engine: Engine) -> Any:
    """A connection that sees the database as of now, however long it looks."""
    return _Snapshot(engine)


class _Snapshot:
    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def __enter__(self) -> Connection:
        self._connection.execute(text("SET LOCAL statement_timeout = 0"))
        return self._connection

    def __exit__(self, *_told: object) -> None:
        self._connection.close()


def _copy_out(connection: Connection, folder: Path) -> dict[str, int]:
    tables, rows = {}, {}
    for name in sorted(inspect(connection).get_table_names()):
        columns = [
            column["name"]
            for column in inspect(connection).get_columns(name)
            if "computed" not in column
        ]
        tables[name] = columns
        rows[name] = 0
        with (folder / f"{name}.copy").open("wb") as file:
            for portion in _rows_of(connection, name, columns):
                file.write(portion)
                rows[name] += bytes(portion).count(
                    b"\n"
                )  # a line a row: breaks in values are escaped
    about = {"tables": tables, "sequences": _sequences(connection), "others": _others(connection)}
    (folder / TABLES).write_text(json.dumps(about), encoding="utf-8")
    return rows


def _copy_across(connection: Connection, file: Path) -> None:
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    _empty_tables(connection)
    crossing.copy_across(connection, file, set(counts_of_file(file)))


def _rows_of(connection: Connection, table: str, columns: list[str]) -> Iterator[bytes]:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {_place(table, columns)} TO STDOUT") as copy:
        yield from copy


def _sequences(connection: Connection) -> dict[str, int]:
    found = connection.execute(
        text(
            "SELECT sequencename, last_value FROM pg_sequences "
            "WHERE schemaname = current_schema() AND last_value IS NOT NULL"
        )
    )
    return {row.sequencename: row.last_value for row in found}


def _others(connection: Connection) -> dict[str, list[str]]:
    """The statements that make tables of which no migration here knows: of plugins that are switched off."""
    present = set(migrations.version_tables()) | set(Base.metadata.tables)
    metadata = MetaData()
    metadata.reflect(connection)
    others: dict[str, list[str]] = {}
    for table in metadata.sorted_tables:
        if table.name in present:
            continue
        made: list[CreateTable | CreateIndex] = [CreateTable(table)]
        made.extend(CreateIndex(index) for index in table.indexes)
        others[table.name] = [
            str(connection.dialect.ddl_compiler(connection.dialect, each)) for each in made
        ]
    return others


def _copy_in(connection: Connection, folder: Path) -> None:
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    about = json.loads((folder / TABLES).read_text(encoding="utf-8"))
    there = set(inspect(connection).get_table_names())
    for name in about["sequences"]:
        connection.execute(text(f"CREATE SEQUENCE IF NOT EXISTS {_quoted(name)}"))
    for name, statements in about["others"].items():
        for statement in statements if name not in there else ():
            connection.exec_driver_sql(statement)
    _empty_tables(connection)
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        if table.name in about["tables"]:
            place = _place(table.name, about["tables"][table.name])
            _copy_rows(connection, place, folder / f"{table.name}.copy")
    for name, value in about["sequences"].items():
        connection.execute(
            text("SELECT setval(:name, :value)"), {"name": _quoted(name), "value": value}
        )
    connection.execute(text("ANALYZE"))


def _empty_tables(connection: Connection) -> None:
    """Some migrations write rows; those of the backup take their place."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in reversed(metadata.sorted_tables):
        if connection.scalar(table.select().limit(1).exists().select()):
            connection.execute(table.delete())


def _copy_rows(connection: Connection, place: str, path: Path) -> None:
    driver: Any = connection.connection.driver_connection
    with (
        path.open("rb") as file,
        driver.cursor() as cursor,
        cursor.copy(f"COPY {place} FROM STDIN") as copy,
    ):
        while portion := file.read(PORTION):
            copy.write(portion)


def _place(table: str, columns: list[str]) -> str:
    return f"{_quoted(table)} ({', '.join(map(_quoted, columns))})"


def _quoted(name: str) -> str:
    return db.engine.dialect.identifier_preparer.quote_identifier(name)
