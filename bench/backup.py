"""A backup while four buyers write, and its restore: how long each takes, and how long the buyers wait meanwhile.

    python -m bench.backup [--database sqlite|postgresql] [--orders 2000]

Each buyer orders and pays, one order after the other, in a process of its own. The backup is then restored into an
empty place, which counts every row and looks at stock, orders and activity log; whatever is apart fails the command.
Every order that was paid before the backup began must be in it, and none that was begun after its end.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from bench.harness import ROOT, end_within, table
from shop.app import create_app
from shop.backups import backing_up, restoring
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock import levels
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.settlement import settle
from shop.config import Config
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.installed import migrations
from tests import servers
from tests.factories.orders import make_order, make_payment, make_variant, paid

ENDS_WITHIN = 900.0
KEY = "a key for benchmarks only"
BUYERS = 4
ALONE_SECONDS = 8.0


def main() -> int:
    """Measure, print, and say whether all is well."""
    parser = argparse.ArgumentParser(description="A backup under four buyers, and its restore.")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--orders", type=int, default=2000, help="orders that are there before")
    parser.add_argument("--buy", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.buy:
        buy(given.buy)
        return 0
    end_within(ENDS_WITHIN)
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as name:
        return measure(Path(name), given.database, given.orders)


def measure(folder: Path, database: str, orders: int) -> int:
    """Fill a site, back it up under load, restore it."""
    boot = place(folder / "site", database)
    with site(boot):
        migrations.upgrade_all()
        variant = make_variant()
        with unit_of_work():
            levels.restock(db.session.get_one(Variant, variant.id), 1_000_000)
        for _ in range(orders):
            one_order(variant.id)
        os.environ["BENCH_VARIANT"] = str(variant.id)
        with buyers(folder, boot):
            time.sleep(ALONE_SECONDS)
            began, at = time.perf_counter(), time.time()
            whole = backing_up.back_up(folder / "site.backup", None, print)
            took, ended = time.perf_counter() - began, time.time()
        waits = sorted(read_waits(folder))
        alone = [wait for moment, wait in waits if moment < at]
        meanwhile = [wait for moment, wait in waits if at <= moment <= ended]
    began = time.perf_counter()
    restored = place(folder / "restored", database)
    restoring.restore(whole, restored, lambda: "", print)
    back = time.perf_counter() - began
    with site(restored):
        there = db.session.scalars(
            select(func.count(Order.id)).where(Order.paid_at.is_not(None))
        ).one()
    least, most = orders + len(alone), orders + len(alone) + len(meanwhile) + BUYERS
    table(
        f"{database}: {orders:,} orders, {whole.stat().st_size / 1e6:.1f} MB",
        [
            ("backup under four buyers", f"{took:.1f} s"),
            ("orders while alone, p50 and p99", figures(alone)),
            ("orders meanwhile, p50 and p99", figures(meanwhile)),
            ("restore, verified", f"{back:.1f} s"),
            ("paid orders in it", f"{there:,}, at least {least:,} and at most {most:,}"),
        ],
        ("what", "figure"),
    )
    return 0 if least <= there <= most else 1


def figures(waits: list[float]) -> str:
    """How many, and how long they took."""
    ordered = sorted(waits) or [0.0]
    middle, last = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"{len(waits)}: {middle * 1000:.0f} and {last * 1000:.0f} ms"


def place(folder: Path, database: str) -> Config:
    """An empty site of that kind."""
    url = servers.postgres().new_database() if database == "postgresql" else ""
    return Config(data_dir=folder, database_url=url, secret_key=KEY)


@contextlib.contextmanager
def site(boot: Config) -> Iterator[Flask]:
    """The site as the present application."""
    app = create_app(boot)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@contextlib.contextmanager
def buyers(folder: Path, boot: Config) -> Iterator[None]:
    """Processes that buy until this ends."""
    environment = {
        **os.environ,
        "SHOP_DATA_DIR": str(boot.data_dir),
        "SHOP_DATABASE_URL": boot.database_url,
        "SHOP_SECRET_KEY": KEY,
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.backup", "--buy", str(folder / f"waits-{number}")],
            cwd=ROOT,
            env=environment,
        )
        for number in range(BUYERS)
    ]
    servers.until(lambda: len(read_waits(folder)) > 2 * BUYERS, "the buyers", within=300)
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def buy(path: Path) -> None:
    """Order and pay without end; a line for each order: when, and for how long."""
    with site(Config()), path.open("w", buffering=1) as file:
        while True:
            began = time.perf_counter()
            one_order(int(os.environ["BENCH_VARIANT"]))
            file.write(f"{time.time()} {time.perf_counter() - began}\n")


def one_order(variant_id: int) -> None:
    """Ordered, paid, its stock taken: three transactions."""
    order = make_order((db.session.get_one(Variant, variant_id), 1))
    payment = make_payment(order, reference=f"ref-{order.id}")
    with unit_of_work():
        settle(payment.id, paid(payment), learned_from="bench")


def read_waits(folder: Path) -> list[tuple[float, float]]:
    """What the buyers wrote down; a line that a kill cut off is left out."""
    found = []
    for path in folder.glob("waits-*"):
        for line in path.read_text().splitlines():
            with contextlib.suppress(ValueError):
                moment, wait = line.split()
                found.append((float(moment), float(wait)))
    return found


if __name__ == "__main__":
    sys.exit(main())
