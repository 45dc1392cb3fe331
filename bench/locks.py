"""For how long each kind of job keeps all others from writing, on SQLite: from a transaction's beginning to its end.

python -m bench.locks

Time is the processor's, of the thread that runs the job, so that what else the machine does is not in it. The jobs are
those of the demo site when it is new, of one answer to each form, of a restock and of a letter to some subscribers.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

from sqlalchemy import select

from bench import ground
from bench.harness import table
from bench.mail import subscribe
from shop.app import create_app
from shop.blueprints.accounts.mailed_links import mails as account_mails
from shop.blueprints.accounts.models import Account
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock import levels
from shop.blueprints.contact import services as contact
from shop.blueprints.newsletter import campaigns
from shop.blueprints.newsletter import services as newsletter
from shop.blueprints.orders import mails as order_mails
from shop.blueprints.orders.models import PAID_STATES, Order
from shop.blueprints.stock_alerts import services as stock_alerts
from shop.config import Config
from shop.core.database.writers import LinedUpConnection
from shop.core.jobs import running
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import publish
from shop.plugins.api.events import ProductChanged

SUBSCRIBERS = 200
WAITING = 50
GOAL_MS = 50.0
"""A visitor waits for one job at most: less than what is noticed."""


class Holding:
    """For how long each kind of job was the writer, in milliseconds of the processor."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self._kind = ""
        self._since: float | None = None

    def run(self, do: Any, job: running.ClaimedJob, *given: Any) -> None:
        """Run a job whose transactions count for its kind."""
        self._kind = job.kind
        try:
            do(job, *given)
        finally:
            self._kind = ""

    def begin(self, begin_writing: Any, connection: LinedUpConnection, **given: Any) -> None:
        """Begin a transaction that writes."""
        begin_writing(connection, **given)
        self._since = time.thread_time()

    def end(self, leave_line: Any, connection: LinedUpConnection) -> None:
        """Note that it is over."""
        leave_line(connection)
        if self._since is not None and self._kind:
            self.times[self._kind].append(1000 * (time.thread_time() - self._since))
        self._since = None


@contextmanager
def watched() -> Iterator[Holding]:
    """Note who is the writer, and for how long."""
    holding = Holding()
    with (
        mock.patch.object(running, "_do", partial(holding.run, running._do)),  # noqa: SLF001
        mock.patch.object(
            LinedUpConnection,
            "begin_writing",
            _method(holding.begin, LinedUpConnection.begin_writing),
        ),
        mock.patch.object(
            LinedUpConnection, "leave_line", _method(holding.end, LinedUpConnection.leave_line)
        ),
    ):
        yield holding


def _method(watch: Any, original: Any) -> Any:
    return lambda connection, **given: watch(original, connection, **given)


def main() -> None:
    """Measure and print."""
    with ground.site() as folder:
        app = create_app(
            Config(data_dir=folder, secret_key=ground.KEY, smtp_url=f"file://{folder}/mail")
        )
        gc.disable()  # else the transaction that garbage is looked for in counts for one kind by chance
        with app.app_context(), watched() as holding:
            running.run_due(limit=100_000)
            _work()
            running.run_due(limit=100_000)
            db.session.remove()
            db.engine.dispose()
    by_longest = sorted(holding.times.items(), key=lambda each: -max(each[1]))
    rows = [
        (kind, f"{len(times):,}", f"{sum(times) / len(times):.1f}", f"{max(times):.1f}")
        for kind, times in by_longest
    ]
    table(
        f"The writer of SQLite (goal: nobody for more than {GOAL_MS:g} ms)",
        rows,
        ("kind of job", "transactions", "mean ms of CPU", "longest"),
    )


def _work() -> None:
    owner = db.session.scalars(select(Account).limit(1)).one()
    order = db.session.scalars(select(Order).where(Order.state.in_(PAID_STATES)).limit(1)).one()
    variants = db.session.scalars(select(Variant).where(Variant.stock_on_hand.is_not(None))).all()
    subscribe(SUBSCRIBERS)
    with unit_of_work():
        variant = variants[0]
        levels.restock(variant, -(variant.stock_on_hand or 0))
        for number in range(WAITING):
            stock_alerts.ask_for_alert(variant_id=variant.id, email=f"w{number}@example.org")
        contact.receive_message(name="Ruth", email="ruth@example.org", body=ground.WORDS)
        newsletter.subscribe(email="new@example.org", asked_on="/", address_key="")
        account_mails.queue_reset_mail(owner.email)
        order_mails.ask_for_links(order.email)
        publish(ProductChanged(product_id=variant.product_id))
        issue = campaigns.write_issue(subject="This month", body=ground.WORDS)
        campaigns.send_issue(issue, after=timedelta())
    running.run_due(limit=100_000)
    with unit_of_work():
        levels.restock(variant, WAITING)


if __name__ == "__main__":
    main()
