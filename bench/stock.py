"""Reservations of stock through our code, beside the bare database doing the same statement in a transaction.

python -m bench.stock
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from itertools import count

from sqlalchemy import select, text

from bench import ground
from bench.harness import table
from shop.app import create_app
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock import levels, reservations
from shop.config import Config
from shop.core import clock, database
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import servers

SECONDS, ROUNDS = 1.5, 5
GOALS = {"sqlite": 0.25, "postgresql": 0.5}
BARE = text(
    "UPDATE variant SET stock_reserved = stock_reserved + 1 WHERE id = :id AND stock_on_hand - stock_reserved >= 1"
)


def main() -> None:
    """Measure and print."""
    rows = []
    for backend, goal in GOALS.items():
        url = servers.postgres().new_database() if backend == "postgresql" else ""
        ours, bare = _measure(url)
        rows.append((backend, f"{ours:,.0f}", f"{bare:,.0f}", f"{ours / bare:.2f}", f"{goal}"))
    table(
        "Reservations a second, one process",
        rows,
        (
            "database",
            "ours: reservation, ledger, row",
            "bare UPDATE in a transaction",
            "ratio",
            "goal",
        ),
    )


def _measure(url: str) -> tuple[float, float]:
    with ExitStack() as stack:
        folder = stack.enter_context(ground.site(url))
        app = create_app(Config(data_dir=folder, secret_key=ground.KEY, database_url=url))
        stack.enter_context(app.app_context())
        with unit_of_work():
            variant = db.session.scalars(
                select(Variant).where(Variant.stock_on_hand > 0).limit(1)
            ).one()
            levels.restock(variant, 900_000)
            variant_id = variant.id
        references = count()

        def reserve() -> None:
            with unit_of_work():
                reservations.reserve(
                    f"bench-{next(references)}",
                    {variant_id: 1},
                    until=clock.now() + timedelta(hours=1),
                )

        def update() -> None:
            token = database.writing.set(True)
            with db.engine.begin() as connection:
                connection.execute(BARE, {"id": variant_id})
            database.writing.reset(token)

        results: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(ROUNDS):
            results["ours"].append(_rate(reserve))
            results["bare"].append(_rate(update))
        db.session.remove()
        db.engine.dispose()
    return sorted(results["ours"])[ROUNDS // 2], sorted(results["bare"])[ROUNDS // 2]


def _rate(action: Callable[[], None]) -> float:
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS:
        action()
        done += 1
    return done / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
