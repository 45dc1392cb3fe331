"""Alembic's environment, for our own tables and, with a version table of its own, for each plugin's."""

from __future__ import annotations

from typing import Any

from alembic import context

from shop.core import database
from shop.core.database import patience
from shop.extensions import Base, db

config = context.config


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leave out what autogenerate must not touch: the search's tables, which make themselves, plugins', and indexes of
    parts of words, which only PostgreSQL has.
    """
    if name is None:
        return True
    if kind == "index":
        return not name.endswith("_parts")
    return kind != "table" or not name.startswith(("search_index", "plugin_", "alembic_version"))


def migrate() -> None:
    """Run inside one transaction, on the application's own engine."""
    version_table = config.attributes.get("version_table", "alembic_version")
    token = database.writing.set(True)
    try:
        with patience.unhurried(), db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # A page must be quick; a table of a million rows may take its time.
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
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
            connection.commit()
    finally:
        database.writing.reset(token)


migrate()
