"""`shop search`."""

from __future__ import annotations

from functools import partial

import click

from shop.core import search
from shop.plugins import PluginFailed, attempted, fitting, registry
from shop.plugins.api import SearchDocument, SearchSource, unit_of_work


@click.group("search")
def commands() -> None:
    """Manage the search index."""


@commands.command("rebuild")
def rebuild() -> None:
    """Delete the search index and build it again."""
    failed = 0
    for source in registry().search_sources:
        try:
            with unit_of_work():
                count = attempted("search_sources", source, partial(_rebuilt, source))
            click.echo(f"{source.name:<20}{count}")
        except PluginFailed as failure:
            failed += 1
            click.echo(f"{source.name:<20}failed: {failure.error!r}", err=True)
    if failed:
        raise click.ClickException(
            f"{failed} of {len(registry().search_sources)} sources failed. "
            "What was found of them before is still found."
        )


def _rebuilt(source: SearchSource) -> int:
    documents = (fitting(each, SearchDocument) for each in source.documents())
    return search.rebuild(source.name, documents)
