"""Alembic's environment, for our own tables and, with a version table of its own, for each plugin's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, column, inspect, select, table

from shop.core import database
from shop.core.database import patience
from shop.extensions import Base, db

config = context.config
OURS = "alembic_version"
"""Where it stands at which revision our own tables are."""


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leave out what autogenerate must not touch: the search's tables, which make themselves, plugins', and indexes of
    parts of words, which only PostgreSQL has.
    """
    if name is None:
        return True
    if kind == "index":
        return not name.endswith("_parts")
    return kind != "table" or not name.startswith(("search_index", "plugin_", "alembic_version"))


@contextmanager
def unenforced(connection: Connection) -> Iterator[None]:
    """Let tables be made anew that others refer to.

    SQLite can't change most of a column, so its table is copied and dropped, which would count as deleting all of its
    rows (https://www.sqlite.org/lang_altertable.html, section 7). Only before a transaction begins can this be said.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.cursor()
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()  # of what failed: inside a transaction the next line would do nothing
        driver.execute("PRAGMA foreign_keys=ON")


def refuse_orphans(connection: Connection) -> None:
    """Undo everything when a row refers to one that is gone: on PostgreSQL the database itself would have refused.

    Raises:
        CommandError: there is such a row.
    """
    if connection.dialect.name != "sqlite":
        return
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        tables = ", ".join(sorted({str(orphan[0]) for orphan in orphans}))
        raise CommandError(f"rows that refer to nothing would be left in {tables}")


def look_of_others(connection: Connection) -> dict[str, Any]:
    """What a plugin's migrations must leave as it is: at which revision we are, and how our tables and those of other
    plugins are made. Nothing of it for our own migrations.
    """
    own = config.attributes.get("own_tables")
    if own is None:
        return {}
    revision = select(column("version_num")).select_from(table(OURS))
    found: dict[str, Any] = {"": connection.scalars(revision).all()}
    for (_schema, name), columns in inspect(connection).get_multi_columns().items():
        is_known = name in Base.metadata.tables or name.startswith("plugin_")
        if is_known and not name.startswith(own):
            found[name] = [(each["name"], repr(each["type"])) for each in columns]
    return found


def refuse_changes_of_others(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Undo everything when a plugin has changed tables of ours or of another plugin.

    Raises:
        CommandError: it has.
    """
    changed = sorted(name or OURS for name in before if before[name] != after.get(name))
    if changed:
        raise CommandError(f"it changes tables that are not its own: {', '.join(changed)}")


def migrate() -> None:
    """Run inside one transaction, on the application's own engine."""
    version_table = config.attributes.get("version_table", OURS)
    token = database.writing.set(True)
    try:
        with patience.unhurried(), db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # A page must be quick; a table of a million rows may take its time.
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            with unenforced(connection):
                before = look_of_others(connection)
                if not connection.in_transaction():
                    connection.begin()  # else Alembic ends one after each migration on SQLite
                context.configure(
                    connection=connection,
                    target_metadata=Base.metadata,
                    version_table=version_table,
                    render_as_batch=True,
                    include_object=is_ours,
                    compare_type=True,
                )
                with context.begin_transaction():
                    context.run_migrations()
                refuse_orphans(connection)
                refuse_changes_of_others(before, look_of_others(connection))
                connection.commit()
    finally:
        database.writing.reset(token)


migrate()
