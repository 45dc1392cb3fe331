"""`shop comments`: moderate from the command line. What it changes, readers see at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

import click

from shop.blueprints.comments import decisions, queries, tallies
from shop.blueprints.comments.export import json_file, wxr_file
from shop.blueprints.comments.judging.rescans import jobs, rescan
from shop.blueprints.comments.models import State
from shop.blueprints.comments.moderation.queue import cards
from shop.blueprints.comments.moderation.queue.filters import QueueFilter
from shop.blueprints.comments.reasons import reason_in_words
from shop.plugins.api import unit_of_work

ids = click.argument(
    "comment_ids", metavar="ID...", type=click.IntRange(min=1), nargs=-1, required=True
)


@click.group("comments")
def comments() -> None:
    """Manage comments."""


@comments.command("list")
@click.option(
    "--state",
    type=click.Choice([state.value for state in State if state is not State.ERASED]),
    default=State.WAITING.value,
    show_default=True,
)
def list_command(state: str) -> None:
    """List the first fifty comments with a status."""
    for comment in cards.page_of_cards(QueueFilter(State(state))).items:
        words = " ".join(comment.body_html.striptags().split())
        click.echo(f"{comment.id:>8}  {comment.author_name}: {words[:100]}")


@comments.command("approve")
@ids
def approve(comment_ids: Sequence[int]) -> None:
    """Approve comments."""
    _decide(comment_ids, State.APPROVED)


@comments.command("spam")
@ids
def spam(comment_ids: Sequence[int]) -> None:
    """Mark comments as spam."""
    _decide(comment_ids, State.SPAM)


@comments.command("reject")
@ids
def reject(comment_ids: Sequence[int]) -> None:
    """Reject comments that are not spam."""
    _decide(comment_ids, State.REJECTED)


@comments.command("recount")
def recount() -> None:
    """Count all comments again, if a number is wrong."""
    with unit_of_work():
        tallies.recount()
    for state, number in tallies.by_state().items():
        click.echo(f"{state.value:<10}{number:>10,}")


@comments.command("export")
@click.option(
    "--format", "kind", type=click.Choice(["json", "wxr"]), default="json", show_default=True
)
@click.option(
    "--output",
    type=click.File("w", encoding="utf-8", atomic=True),
    default="-",
    help="The file to write. Default: standard output.",
)
def export(kind: str, output: TextIO) -> None:
    """Write every comment to a file: JSON for `shop import comments`, or WXR for WordPress and others."""
    number = (json_file.write_json if kind == "json" else wxr_file.write_wxr)(output)
    click.echo(f"{number} comments exported", err=True)


@comments.command("rescan")
def rescan_command() -> None:
    """Check all published comments again, and list the ones that would be held now. Changes nothing."""
    with unit_of_work():
        begun = rescan.start_rescan(None).id
    found = jobs.run_through(begun)
    click.echo(f"{found.judged:,} comments checked, {found.found:,} would be held now")
    for finding, comment in rescan.findings(found).items:
        reasons = [
            reason_in_words(each["reason"]) for each in finding.evidence if each["points"] > 0
        ]
        click.echo(f"{comment.id:>8}  {comment.author_name}: {'; '.join(reasons)}")
    click.echo("Hold them in the admin under Comments, Rescan. The rest of the list is there too.")


def _decide(comment_ids: Sequence[int], to: State) -> None:
    with unit_of_work():
        found = queries.comments_of_ids(comment_ids)
        missing = set(comment_ids) - {comment.id for comment in found}
        if missing:
            raise click.ClickException(f"there is no comment {min(missing)}")
        outcome = decisions.decide(found, to, by=None)
    click.echo(
        f"{outcome.decided} now {to.value}, {len(found) - outcome.decided} left as they were"
    )
