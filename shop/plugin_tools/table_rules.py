"""What is asked of a plugin's tables: that they are made, hold what its models say, and are undone without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from shop.extensions import Base, db
from shop.plugin_tools.contract import said
from shop.plugins.installed import migrations
from shop.plugins.manager import PluginError


def upgrade_ours() -> set[str]:
    """Bring the site's own tables up to date; the names of all tables that are there then."""
    migrations.upgrade_to({migrations.OURS: "head"})
    return all_tables()


def all_tables() -> set[str]:
    """The names of all tables in the database."""
    return set(inspect(db.engine).get_table_names())


def failed_upgrade() -> Iterator[str]:
    """Why its tables can't be made."""
    try:
        migrations.upgrade_all()
    except Exception as error:  # noqa: BLE001 - it is the plugin's migration
        yield _said(error)


def _said(error: Exception) -> str:
    """Why it failed: it is told which plugin is looked at."""
    cause = error.__cause__ if isinstance(error, PluginError) else None
    return said(cause or error)


def wrong_names(name: str, before: set[str]) -> Iterator[str]:
    """Tables that it makes, and that could clash with anybody's."""
    right = (*migrations.beginnings(name), f"{migrations.VERSION_TABLE}_")
    for table in sorted(all_tables() - before):
        if not table.startswith(right):
            yield f"the table {table} must be named {right[0]}..."


def unlike_models(name: str) -> Iterator[str]:
    """How the tables that its migrations make differ from its models."""

    def is_its(_object: Any, named: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or str(named).startswith(migrations.beginnings(name))

    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": _is_other_type, "include_object": is_its}
        )
        for found in compare_metadata(context, Base.metadata):
            yield difference_in_words(found)


def _is_other_type(_context: Any, _column: Any, _was: Any, made: Any, wanted: Any) -> bool | None:
    """Whether a column has another type than its model; None where Alembic is to say. All whole numbers are one type
    on SQLite: a key of another table has its own there, and needs none.
    """
    is_sqlite = db.engine.dialect.name == "sqlite"
    both_whole = isinstance(made, sa.Integer) and isinstance(wanted, sa.Integer)
    return False if is_sqlite and both_whole else None


def wrong_way_down(name: str, before: set[str]) -> Iterator[str]:
    """What is left after all its migrations were undone, and whether they can be done again."""
    try:
        migrations.undo_plugin(name)
        left = all_tables() - before
        yield from (f"the table {each} is left" for each in left if _is_no_version_table(each))
        migrations.upgrade_plugins()
    except Exception as error:  # noqa: BLE001 - it is the plugin's migration
        yield _said(error)


def _is_no_version_table(table: str) -> bool:
    return not table.startswith(f"{migrations.VERSION_TABLE}_")


def difference_in_words(found: Any) -> str:
    """One difference as Alembic tells it: what would make the tables like the models. A change of a column comes in a
    list.
    """
    if isinstance(found, list):
        return "; ".join(map(difference_in_words, found))
    match found:
        case ["modify_type", _schema, table, column, _more, made, wanted]:
            return f"{table}.{column} is {made!r} in the migrations and {wanted!r} in its model"
        case ["modify_nullable", _schema, table, column, _more, may_be_empty, _wanted]:
            where = ("migrations", "model") if may_be_empty else ("model", "migrations")
            return f"{table}.{column} may be empty in the {where[0]}, and not in the {where[1]}"
    what, *about = found
    names = [each for each in about if isinstance(each, str)]
    names += [str(getattr(each, "name", "")) for each in about if hasattr(each, "name")]
    missing = "of no model" if what.startswith("remove") else "made by no migration"
    return f"the {what.partition('_')[2]} {'.'.join(filter(None, names))} is {missing}"
