"""Database upgrades: ours, then each plugin's, which has a version table of its own.

So an uninstalled plugin never blocks an upgrade, and a plugin's failure leaves ours done.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from shop.extensions import db
from shop.plugins.manager import registry

PACKAGE = Path(__file__).parents[1]
FOLDER = next(
    folder / "migrations"
    for folder in (PACKAGE, PACKAGE.parent)
    if (folder / "migrations").is_dir()
)
"""Inside the package where it was installed from a wheel, beside it in a checkout."""


def upgrade_all() -> list[str]:
    """Bring every table up to date; one line on each step."""
    command.upgrade(_config(), "head")
    return ["shop: up to date", *upgrade_plugins()]


def upgrade_plugins() -> list[str]:
    """Bring the plugins' own tables up to date; one line on each."""
    lines = []
    for name, versions in registry().migrations:
        command.upgrade(_config(name, str(versions)), "head")
        lines.append(f"{name}: up to date")
    return lines


def is_current() -> bool:
    """Whether the database has every table that this version needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return MigrationContext.configure(connection).get_current_revision() == head


def _config(plugin: str | None = None, versions: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "newline")
    config.attributes["configure_logger"] = False
    if plugin is not None and versions is not None:
        config.set_main_option("version_locations", versions)
        config.attributes["version_table"] = f"alembic_version_{plugin}"
    return config
