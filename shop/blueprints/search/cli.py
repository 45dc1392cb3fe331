"""`shop search`."""

from __future__ import annotations

import click

from shop.core import search
from shop.core.unit_of_work import unit_of_work
from shop.plugins import registry


@click.group("search")
def commands() -> None:
    """Manage the search index."""


@commands.command("rebuild")
def rebuild() -> None:
    """Delete the search index and build it again."""
    for source in registry().search_sources:
        with unit_of_work():
            count = search.rebuild(source.name, source.documents())
        click.echo(f"{source.name:<20}{count}")
