"""`shop orders`."""

from __future__ import annotations

from datetime import datetime

import click

from shop.blueprints.orders.exports import files
from shop.blueprints.orders.exports.files import FORMATS, Wanted
from shop.blueprints.orders.states import OrderState

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("orders")
def commands() -> None:
    """Orders."""


@commands.command("export")
@click.option("--as", "form", type=click.Choice(sorted(FORMATS)), default="csv", show_default=True)
@click.option("--since", type=DAY, help="Only orders placed on or after this day (UTC).")
@click.option("--until", type=DAY, help="Only orders placed on or before this day (UTC).")
@click.option("--state", type=click.Choice([str(state) for state in OrderState]))
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
def export(
    form: str, since: datetime | None, until: datetime | None, state: str | None, file: click.File
) -> None:
    """Export orders to FILE or to the screen, oldest first."""
    wanted = Wanted(since and since.date(), until and until.date(), state or "")
    pieces = files.as_csv(wanted) if form == "csv" else files.as_json(wanted)
    for piece in pieces:
        file.write(piece)  # type: ignore[attr-defined]
