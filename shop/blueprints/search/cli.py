"""`shop search`."""

from __future__ import annotations

import click

from shop.core import search
from shop.core.unit_of_work import unit_of_work
from shop.plugins import registry


@click.group("search")
def commands() -> None:
    """The search index."""


@commands.command("rebuild")
def rebuild() -> None:
    """Forget the index and build it anew from every feature."""
    for source in registry().search_sources:
        with unit_of_work():
            count = search.rebuild(source.name, source.documents())
        click.echo(f"{source.name:<20}{count}")
