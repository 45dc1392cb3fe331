"""`shop sales`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from shop.blueprints.sales.counting import count_day, first_day
from shop.core import clock
from shop.plugins.api import unit_of_work

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("sales")
def commands() -> None:
    """Sales figures by day."""


@commands.command("recount")
@click.option(
    "--since", type=DAY, help="Start on this day (UTC). Default: the day of the first payment."
)
@click.option("--until", type=DAY, help="End on this day (UTC). Default: today.")
def recount(since: datetime | None, until: datetime | None) -> None:
    """Calculate the totals of each day again from the orders. The shop can stay open meanwhile."""
    day = since.date() if since else first_day()
    last = until.date() if until else clock.now().date()
    days = 0
    while day is not None and day <= last:
        with unit_of_work():
            count_day(day)
        day += timedelta(days=1)
        days += 1
    click.echo(f"{days} days counted")
