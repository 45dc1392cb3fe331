"""`shop search`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial

import click

from shop.core import search
from shop.core.database import undone_after
from shop.core.observing.masking import words_of
from shop.plugins import PluginFailed, attempted, fitting, registry
from shop.plugins.api import SearchDocument, SearchSource, unit_of_work
from shop.plugins.guard.health import owner_of

SECONDS = 60.0
"""How long a source of a third party may take to give all its pages."""


@click.group("search")
def commands() -> None:
    """Manage the search index."""


@commands.command("rebuild")
def rebuild() -> None:
    """Delete the search index and build it again."""
    failed = 0
    for source in registry().search_sources:
        try:
            with unit_of_work(), _hurried(source):
                count = attempted("search_sources", source, partial(_rebuilt, source))
            click.echo(f"{source.name:<20}{count}")
        except (PluginFailed, TimeoutError) as failure:
            failed += 1
            why = failure.error if isinstance(failure, PluginFailed) else failure
            click.echo(f"{source.name:<20}failed: {words_of(why)}", err=True)
    if failed:
        raise click.ClickException(
            f"{failed} of {len(registry().search_sources)} sources failed. "
            "What was found of them before is still found."
        )


def _hurried(source: SearchSource) -> AbstractContextManager[None]:
    """A stranger's source has a deadline: with SQLite nobody else can write before it has given all its pages."""
    is_theirs = owner_of(source) in registry().third_parties
    return undone_after(SECONDS) if is_theirs else nullcontext()


def _rebuilt(source: SearchSource) -> int:
    documents = (fitting(each, SearchDocument) for each in source.documents())
    return search.rebuild(source.name, documents)
