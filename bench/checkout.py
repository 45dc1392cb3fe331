"""Money under load: paid orders a second, 200 buyers for 10 copies, 1,000 checkouts while processes are killed.

python -m bench.checkout [--orders 1000] [--kill-every 5] [--backend sqlite|postgresql]

Each part runs on SQLite and on PostgreSQL, with four processes of the shop, buyers over HTTP, the whole path through
the official Stripe client and our stand-in behind it, and a real SMTP server. Each invariant has its negative control:
the same run with the guard taken out, or the same count before the repair, which must show the fault.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from bench import ground, stock
from bench.buyers import Buyer, all_at_once
from bench.harness import Served, age_of, children, serving, table
from bench.served import UNGUARDED
from shop.app import create_app
from shop.blueprints.catalog.models import Variant
from shop.blueprints.payments.attempts import looking_up
from shop.config import Config
from shop.core import clock
from shop.core.jobs import running as job_running
from shop.extensions import db
from tests import servers
from tests.factories.orders import make_variant

PROCESSES = 4
COPIES, RIVALS = 10, 200
BUYER = re.compile(r"buyer\d+@example\.org")
WEBHOOKS = ("once", "thrice", "reversed", "never")
SERVE = """
import bench.served
from granian.constants import Interfaces
from granian.server import Server
bench.served.prepare()
Server("shop.serving:application", factory=True, address="127.0.0.1", port=PORT, interface=Interfaces.WSGI,
       workers={processes}, blocking_threads=1, backpressure=64, respawn_failed_workers=True, log_enabled=False,
       websockets=False).serve()
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A shop to buy in: its data folder, its environment, and what it mails."""

    folder: Path
    database_url: str
    sink: servers.SmtpSink

    @property
    def environment(self) -> dict[str, str]:
        return ground.environment(
            self.folder,
            SHOP_DATABASE_URL=self.database_url,
            SHOP_SMTP_URL=self.sink.url,
            SHOP_MAIL_FROM="Shop <shop@example.org>",
        )

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Work in it from this process."""
        app = create_app(
            Config(
                data_dir=self.folder,
                secret_key=ground.KEY,
                database_url=self.database_url,
                smtp_url=self.sink.url,
                mail_from="Shop <shop@example.org>",
            )
        )
        with app.app_context():
            yield
            db.session.remove()
            db.engine.dispose()

    def stock_up(self, copies: int) -> int:
        """Make a product with so many in stock; returns its variant's id."""
        with self.open():
            return make_variant(stock=copies).id


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Money under load.")
    parser.add_argument("--orders", type=int, default=1000, help="checkouts while killing")
    parser.add_argument("--backend", choices=["sqlite", "postgresql"], help="only this one")
    parser.add_argument("--kill-every", type=float, default=1.0, metavar="SECONDS")
    asked = parser.parse_args()
    stock.main()
    for backend in [asked.backend] if asked.backend else ["sqlite", "postgresql"]:
        with _place(backend) as place:
            table(
                f"{backend}: paid orders, whole path over HTTP, {PROCESSES} processes",
                [_speed(place)],
                ("orders", "orders /s", "CPU ms an order, provider and mail included"),
            )
            table(
                f"{backend}: {RIVALS} buyers at once for {COPIES} copies, {PROCESSES} processes",
                [
                    ("as shipped", *_rivals(place)),
                    ("control: guards out", *_rivals(place, unguarded=True)),
                ],
                ("run", "paid orders", "sold out", "no answer", "on hand", "reserved"),
            )
        with _place(backend) as place:
            table(
                f"{backend}: {asked.orders:,} checkouts, a process killed (-9) every {asked.kill_every:g} s,"
                " webhooks once, thrice, reversed or never",
                _chaos(place, asked.orders, asked.kill_every),
                ("what", "figure", "must be"),
            )


@contextlib.contextmanager
def _place(backend: str) -> Iterator[Place]:
    url = servers.postgres().new_database() if backend == "postgresql" else ""
    with servers.smtp_sink() as sink, ground.site(url) as folder:
        yield Place(folder, url, sink)


@contextlib.contextmanager
def _served(place: Place, **environment: str) -> Iterator[Served]:
    code = SERVE.format(processes=PROCESSES)
    with serving(code, environment=place.environment | environment) as served:
        yield served


def _speed(place: Place, orders: int = 100) -> tuple[str, ...]:
    variant_id = place.stock_up(orders)
    with _served(place) as served:
        buyers = [Buyer(number, served.port, variant_id) for number in range(orders)]
        before, started = served.cpu_seconds(), time.perf_counter()
        outcomes = all_at_once(buyers, at_a_time=PROCESSES)
        elapsed = time.perf_counter() - started
        cpu = served.cpu_seconds() - before
    if outcomes["bought"] != orders:
        raise RuntimeError(f"not everybody could buy: {dict(outcomes)}")
    return f"{orders}", f"{orders / elapsed:.1f}", f"{cpu * 1000 / orders:.0f}"


def _rivals(place: Place, *, unguarded: bool = False) -> tuple[str, ...]:
    variant_id = place.stock_up(COPIES)
    with _served(place, **({UNGUARDED: "1"} if unguarded else {})) as served:
        buyers = [Buyer(number, served.port, variant_id) for number in range(RIVALS)]
        outcomes = all_at_once(buyers, at_a_time=RIVALS)
    with place.open():
        _settle_everything()
        variant = db.session.get_one(Variant, variant_id)
        paid = _number(
            "SELECT count(DISTINCT shop_order.id) FROM shop_order JOIN order_line"
            " ON order_line.order_id = shop_order.id"
            f" WHERE order_line.variant_id = {variant_id} AND shop_order.paid_at IS NOT NULL"
        )
        on_hand, reserved = variant.stock_on_hand, variant.stock_reserved
    counts = (paid, outcomes["sold out"], outcomes["no answer"], on_hand, reserved)
    return tuple(str(count) for count in counts)


def _chaos(place: Place, orders: int, pause: float) -> list[tuple[str, ...]]:
    variant_id = place.stock_up(orders)
    asked = time.perf_counter()
    with _served(place) as served:
        start = (
            time.perf_counter() - asked
        ) / 8  # most of that are the imports, which are not repeated
        buyers = [
            Buyer(
                number,
                served.port,
                variant_id,
                webhooks=WEBHOOKS[number % 4],
                comes_back=number % 3 != 0,
            )
            for number in range(orders)
        ]
        started = time.perf_counter()
        with _killer(served, start, pause) as kills:
            outcomes = all_at_once(buyers, at_a_time=12)
        elapsed = time.perf_counter() - started
    unanswered = sum(buyer.answers["none"] for buyer in buyers)
    with place.open():
        waiting = _number(f"SELECT count(*) {CHARGES} AND shop_order.paid_at IS NULL")
        _settle_everything()
        found = _count_what_happened(variant_id)
    unique, repeated = _mails(place.sink)
    return [
        ("kills / requests without an answer", f"{len(kills)} / {unanswered:,}", "many"),
        (
            "buyers who bought / gave up",
            f"{outcomes['bought']} / {outcomes['no answer']}",
            f"{orders} / 0",
        ),
        ("checkouts a second meanwhile", f"{orders / elapsed:.1f}", ""),
        (
            "control: charged and not known here before the reconciler asked",
            f"{waiting}",
            "more than 0",
        ),
        *(
            (name, f"{figure}", f"{orders if must is None else must}")
            for name, figure, must in found
        ),
        ("confirmation mails, each once at least", f"{unique}", f"{orders}"),
        ("mails repeated, with the same Message-ID", f"{repeated}", "few"),
    ]


@contextlib.contextmanager
def _killer(served: Served, start: float, pause: float) -> Iterator[list[int]]:
    """Kill the oldest process that serves, every `pause` seconds, as long as two have had the time to start.

    Args:
        start: seconds that a process takes to start on this machine, as busy as it is.
    """
    kills: list[int] = []
    enough = threading.Event()

    def kill() -> None:
        while not enough.wait(pause):
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                running = children(served.process.pid)
                if sum(age_of(pid) > start for pid in running) > 1:
                    os.kill(running[0], signal.SIGKILL)
                    kills.append(running[0])

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield kills
    finally:
        enough.set()
        killer.join()


CHARGES = (
    "FROM stripe_test_object AS charge"
    " JOIN stripe_test_object AS intent ON intent.id = charge.parent"
    " JOIN payment ON payment.reference = intent.parent"
    " JOIN shop_order ON shop_order.id = payment.order_id"
    " WHERE charge.kind = 'charge' AND charge.body ->> 'status' = 'succeeded'"
)


def _count_what_happened(variant_id: int) -> list[tuple[str, int, int | None]]:
    ours = f"SELECT order_id FROM order_line WHERE variant_id = {variant_id}"
    once = f"SELECT count(*) FROM order_transition WHERE order_id IN ({ours}) AND to_state = "
    variant = db.session.get_one(Variant, variant_id)
    return [
        (
            "charged at the provider",
            _number(f"SELECT count(*) {CHARGES} AND shop_order.id IN ({ours})"),
            None,
        ),
        (
            "orders charged",
            _number(
                f"SELECT count(DISTINCT shop_order.id) {CHARGES} AND shop_order.id IN ({ours})"
            ),
            None,
        ),
        (
            "orders paid",
            _number(
                f"SELECT count(*) FROM shop_order WHERE id IN ({ours}) AND paid_at IS NOT NULL"
            ),
            None,
        ),
        ("times an order became paid", _number(f"{once} 'paid'"), None),
        ("times an order was fulfilled", _number(f"{once} 'fulfilled'"), None),
        ("pieces left on hand", variant.stock_on_hand or 0, 0),
        ("pieces still reserved", variant.stock_reserved, 0),
        ("dead letters", _number("SELECT count(*) FROM job WHERE state = 'dead'"), 0),
    ]


def _settle_everything() -> None:
    """What the shop does ten minutes later without anybody: ask about open payments, run all waiting jobs."""
    later = clock.now() + timedelta(minutes=10)
    now, clock.now = clock.now, lambda: later
    try:
        looking_up.reconcile()
        while job_running.run_due(limit=1000):
            pass
    finally:
        clock.now = now


def _mails(sink: servers.SmtpSink) -> tuple[int, int]:
    """Buyers who got the confirmation, and mails that came more than once."""
    ids = Counter(str(each.message["Message-ID"]) for each in sink.deliveries)
    buyers = {
        each.recipients[0]
        for each in sink.deliveries
        if BUYER.fullmatch(each.recipients[0])  # the demo has a buyer too
        and "order" in str(each.message["Subject"]).lower()
    }
    return len(buyers), sum(count - 1 for count in ids.values())


def _number(query: str) -> int:
    found: int = db.session.execute(text(query)).scalar_one()
    db.session.rollback()
    return found


if __name__ == "__main__":
    main()
