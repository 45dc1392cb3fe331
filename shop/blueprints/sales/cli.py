"""`shop sales`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from shop.blueprints.sales.counting import count_day, first_day
from shop.core import clock
from shop.core.unit_of_work import unit_of_work

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("sales")
def commands() -> None:
    """Sales by day."""


@commands.command("recount")
@click.option("--since", type=DAY, help="From this day (UTC); the first payment, when left out.")
@click.option("--until", type=DAY, help="To this day (UTC); today, when left out.")
def recount(since: datetime | None, until: datetime | None) -> None:
    """Count the sums of each day anew from the orders. The site may go on selling meanwhile."""
    day = since.date() if since else first_day()
    last = until.date() if until else clock.now().date()
    days = 0
    while day is not None and day <= last:
        with unit_of_work():
            count_day(day)
        day += timedelta(days=1)
        days += 1
    click.echo(f"{days} days counted")
