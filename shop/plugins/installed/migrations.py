"""Database upgrades: ours, then each plugin's, which has a version table of its own.

So an uninstalled plugin never blocks an upgrade, and a plugin's failure leaves ours done.

An upgrade can be taken back by starting the version before: its code runs on the newer tables where every migration
since is *additive* (`is_additive = True`: new tables, columns with a default in the database, indexes). With each
upgrade the database is told the oldest revision whose code its tables still suit.

Alembic is imported by who upgrades. A start only asks whether there is something to do, and it is a tenth of a start.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    ColumnClause,
    Connection,
    Integer,
    String,
    Table,
    column,
    inspect,
    select,
    table,
)

from shop.core.database import upsert
from shop.core.errors import ends_process
from shop.core.observing.masking import words_of
from shop.extensions import Base, db
from shop.plugins.installed import known
from shop.plugins.installed.switches import switched_off
from shop.plugins.manager import PluginError, registry

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

PACKAGE = Path(__file__).parents[2]
FOLDER = next(
    folder / "migrations"
    for folder in (PACKAGE, PACKAGE.parent)
    if (folder / "migrations").is_dir()
)
"""Inside the package where it was installed from a wheel, beside it in a checkout."""

_SAYS = re.compile(r'^(revision|down_revision) = "(.+)"$', re.MULTILINE)
OURS = "shop"
VERSION_TABLE = "alembic_version"
_UNREADABLE = "?"

_SUITS = Table(
    "schema_support",
    Base.metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("oldest_revision", String(32), nullable=False),
)


def upgrade_all() -> list[str]:
    """Bring every table up to date; one line on each step."""
    if _is_newer_and_suits():
        return [f"{OURS}: the tables are of a newer version and suit this one", *upgrade_plugins()]
    _upgrade(_config(), "head")
    with db.engine.begin() as connection:
        oldest = {"oldest_revision": oldest_suited()}
        connection.execute(
            upsert(_SUITS)
            .values(id=1, **oldest)
            .on_conflict_do_update(index_elements=["id"], set_=oldest)
        )
    return [f"{OURS}: up to date", *upgrade_plugins()]


def upgrade_plugins(only: str | None = None) -> list[str]:
    """Bring the own tables of plugins up to date, or of one of them; a line on each. One that is switched off waits:
    `shop plugins enable` does it.

    Raises:
        PluginError: one can't be upgraded; its tables are as they were, and those of the others are up to date.
    """
    lines, failed = [], []
    for name, versions in registry().migrations:
        if name != only and (only or name in switched_off()):
            continue
        try:
            if not is_up_to_date(name):
                _upgrade(_config(name, str(versions)), "head")
        except BaseException as error:
            if ends_process(error):
                raise
            said, _line, _statement = words_of(error).partition("\n")
            failed.append((f"plugin {name!r}: its tables stay as they were: {said}", error))
        else:
            lines.append(f"{name}: up to date")
    known.note_plugins()
    if failed:
        raise PluginError("; ".join(said for said, _error in failed)) from failed[0][1]
    return lines


def undo_plugin(plugin: str) -> None:
    """Undo all migrations of a plugin, the newest first: its tables are gone afterwards, with all that is in them."""
    from alembic import command

    for name, versions in registry().migrations:
        if name == plugin:
            command.downgrade(_config(name, str(versions)), "base")


def upgrade_to(revisions: Mapping[str, str]) -> None:
    """Make the tables as they were at these revisions: ours under `shop`, plugins' under their names."""
    _upgrade(_config(), revisions[OURS])
    for name, versions in registry().migrations:
        if name in revisions:
            _upgrade(_config(name, str(versions)), revisions[name])


def is_current() -> bool:
    """Whether the database has at least what this version and its plugins need: our own tables, or newer ones that suit
    it too, and those of each plugin."""
    with db.engine.connect() as connection:
        ours = _revision(connection, VERSION_TABLE) == _head() or _suits(connection)
    return ours and not plugins_behind()


def plugins_behind() -> list[str]:
    """The plugins whose tables wait for `shop db upgrade`; those that are switched off wait for being used again."""
    off = switched_off()
    named = [name for name, _versions in registry().migrations if name not in off]
    return [name for name in dict.fromkeys(named) if not is_up_to_date(name)]


def is_up_to_date(plugin: str) -> bool:
    """Whether the tables of a plugin are as its newest migration leaves them. They are not where nobody can tell which
    that is: an upgrade says why.
    """
    with db.engine.connect() as connection:
        return all(
            _revision(connection, f"{VERSION_TABLE}_{name}") == _newest(name, versions)
            for name, versions in registry().migrations
            if name == plugin
        )


def _newest(plugin: str, versions: Path) -> str | None:
    """The newest revision of a plugin, None where there is none; a word that is none where they can't be read."""
    try:
        with _complaints_as_errors():
            return _scripts(_config(plugin, str(versions))).get_current_head()
    except BaseException as error:
        if ends_process(error):
            raise
        return _UNREADABLE


def revisions() -> dict[str, str]:
    """At which revision our tables are (`shop`), and those of each plugin that is on."""
    tables = {OURS: VERSION_TABLE} | {
        name: f"{VERSION_TABLE}_{name}" for name, _ in registry().migrations
    }
    with db.engine.connect() as connection:
        found = {name: _revision(connection, table) for name, table in tables.items()}
    return {name: revision for name, revision in found.items() if revision}


def version_tables() -> list[str]:
    """The names of the tables that say at which revision our tables and those of each plugin are."""
    return [VERSION_TABLE, *(f"{VERSION_TABLE}_{name}" for name, _ in registry().migrations)]


def knows(revision: str) -> bool:
    """Whether this version knows how our tables are at a revision; it knows none that came after it."""
    from alembic.util import CommandError

    try:
        _scripts(_config()).get_revision(revision)
    except CommandError:
        return False
    return True


def oldest_suited() -> str:
    """The oldest revision whose code runs on the tables of this version."""
    scripts = _scripts(_config())
    script = scripts.get_revision("head")
    while getattr(script.module, "is_additive", False):
        script = scripts.get_revision(str(script.down_revision))
    return script.revision


def beginnings(name: str) -> tuple[str, ...]:
    """With what the names of a plugin's tables begin."""
    return tuple({f"plugin_{name}_", f"plugin_{name.replace('-', '_')}_"})


def _is_newer_and_suits() -> bool:
    with db.engine.connect() as connection:
        return _suits(connection)


def _suits(connection: Connection) -> bool:
    """Whether the tables are of a version after this one, and say that they suit it."""
    revision = _revision(connection, VERSION_TABLE)
    if revision is None or knows(revision) or not inspect(connection).has_table(_SUITS.name):
        return False
    oldest = connection.scalar(select(_SUITS.c.oldest_revision))
    return oldest is not None and knows(oldest)


def _head() -> str:
    """Our newest revision: the one that comes before no other."""
    texts = [path.read_text(encoding="utf-8") for path in (FOLDER / "versions").glob("*.py")]
    said: list[dict[str, str]] = [dict(_SAYS.findall(text)) for text in texts]
    before = {each.get("down_revision") for each in said}
    (head,) = {each["revision"] for each in said} - before
    return head


def _revision(connection: Connection, version_table: str) -> str | None:
    if not inspect(connection).has_table(version_table):
        return None
    number: ColumnClause[str] = column("version_num", String)
    return connection.scalar(select(number).select_from(table(version_table, number)))


def _upgrade(config: Config, revision: str) -> None:
    from alembic import command

    with _complaints_as_errors():
        command.upgrade(config, revision)


@contextmanager
def _complaints_as_errors() -> Iterator[None]:
    """Alembic warns of two revisions with one name, or of one that is not there, and goes on."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=UserWarning, module=r"alembic\.script\.revision")
        yield


def _scripts(config: Config) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config)


def _config(plugin: str | None = None, versions: str | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "newline")
    config.attributes["configure_logger"] = False
    if plugin is not None and versions is not None:
        config.set_main_option("version_locations", versions)
        config.attributes["version_table"] = f"{VERSION_TABLE}_{plugin}"
        config.attributes["own_tables"] = (*beginnings(plugin), f"{VERSION_TABLE}_{plugin}")
    return config
