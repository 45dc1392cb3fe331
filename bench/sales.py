"""The list of orders, the sales page and a day's counting, after a thousand orders and after a million.

python -m bench.sales [postgresql]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import JSON, bindparam, text

from bench import ground
from bench.harness import table
from shop.app import create_app
from shop.blueprints.accounts import services as accounts
from shop.blueprints.accounts.models import Role
from shop.blueprints.catalog.models import Product
from shop.blueprints.sales.counting import count_day
from shop.config import Config
from shop.core import clock
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.installed import migrations
from tests import servers

SIZES = (1_000, 1_000_000)
DAYS, PRODUCTS = 730, 20
PASSWORD = "a password for benchmarks only"  # noqa: S105
GOAL = 1.3


TAX = {"label": "VAT", "rate": 7000, "base_minor": 1308, "tax_minor": 92}
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
ORDERS = text(
    "INSERT INTO shop_order (id, token, number, state, email, name, currency, subtotal_minor, shipping_minor,"
    f" tax_minor, total_minor, note, tax_breakdown, placed_at, paid_at) {NUMBERS}"
    " SELECT :first + i, 't' || (:first + i), 'N' || (:first + i), 'fulfilled', 'b' || (:first + i) || '@example.org',"
    " 'B', 'EUR', 1400, 0, 92, 1400, '', :taxes, :paid, :paid FROM n"
).bindparams(
    bindparam("paid", type_=UtcDateTime()),
    bindparam("taxes", type_=JSON()),
    bindparam("first", type_=BigId),
    bindparam("count", type_=BigId),
)
LINES = text(
    "INSERT INTO order_line (id, order_id, product_id, title, variant_title, sku, unit_price_minor, quantity,"
    f" is_digital) {NUMBERS}"
    " SELECT :first + i, :first + i, i % :products + 1, 'A guide', '', '', 1400, 1, true FROM n"
).bindparams(
    bindparam("first", type_=BigId),
    bindparam("count", type_=BigId),
    bindparam("products", type_=BigId),
)


def main() -> None:
    """Measure and print."""
    backend = "postgresql" if "postgresql" in sys.argv[1:] else "sqlite"
    rows = []
    for size in SIZES:
        url = servers.postgres().new_database() if backend == "postgresql" else ""
        with _shop(size, url) as (app, recounted):
            rows.append(
                (f"{size:,}", *(f"{each:.1f}" for each in _measure(app)), f"{recounted:.1f}")
            )
    table(
        f"Sales on {backend}, {DAYS} days; a page of all of them (goal: at most {GOAL} times)",
        rows,
        (
            "orders",
            "list of orders (ms)",
            "list of those to send (ms)",
            "page, 730 days (ms)",
            "page, 30 days (ms)",
            "one usual day counted (ms)",
            "recount of all (s)",
        ),
    )


@contextmanager
def _shop(size: int, url: str) -> Iterator[tuple[Flask, float]]:
    with TemporaryDirectory(prefix="shop-bench-") as name:
        app = create_app(Config(data_dir=Path(name), secret_key=ground.KEY, database_url=url))
        with app.app_context():
            migrations.upgrade_all()
            with unit_of_work():
                accounts.create(
                    email="owner@example.org",
                    name="O",
                    role=Role.OWNER,
                    password=PASSWORD,
                    verified=True,
                )
                for number in range(PRODUCTS):
                    db.session.add(
                        Product(slug=f"guide-{number}", title=f"Guide {number}", currency="EUR")
                    )
            _fill(size)
            started = time.perf_counter()
            for day in range(DAYS):
                with unit_of_work():
                    count_day(clock.now().date() - timedelta(days=day))
            yield app, time.perf_counter() - started
            db.session.remove()
            db.engine.dispose()


def _fill(size: int) -> None:
    """As many orders in equal days, by one statement a day and table."""
    each = -(-size // DAYS)
    last_midnight = datetime.combine(clock.now().date(), clock_time(0, 1), UTC)
    with unit_of_work() as session:
        for day in range(DAYS):
            values = {
                "first": day * each,
                "count": each,
                "paid": last_midnight - timedelta(days=day),
                "taxes": [TAX],
                "products": PRODUCTS,
            }
            session.execute(ORDERS, values)
            session.execute(LINES, values)
        session.execute(text("ANALYZE"))


def _measure(app: Flask) -> tuple[float, ...]:
    client = app.test_client()
    client.post("/account/sign-in", data={"email": "owner@example.org", "password": PASSWORD})
    since = clock.now().date() - timedelta(days=DAYS)

    def count() -> None:
        with unit_of_work():
            count_day(clock.now().date() - timedelta(days=7))

    def page(path: str) -> Callable[[], None]:
        def ask() -> None:
            if client.get(path).status_code != 200:
                raise RuntimeError(path)

        return ask

    return (
        _median(page("/admin/orders/")),
        _median(page("/admin/orders/?state=to_send")),
        _median(page(f"/admin/sales/?since={since}&by=month")),
        _median(page("/admin/sales/")),
        _median(count),
    )


def _median(action: Callable[[], object]) -> float:
    taken = []
    for _ in range(9):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
