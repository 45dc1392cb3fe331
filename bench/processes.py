"""One and two processes on PostgreSQL: what a request costs us and the database, and how many are answered a second.

    python -m bench.processes [--requests 200]

Where the cores are too few for two processes and PostgreSQL, answers a second can't double, whatever we do. What would
keep them from it elsewhere shows in the processor time of a request, ours and the database's: with two processes it is
the same, unless they wait for each other or do something twice. The command ends with 1 where it grew by a quarter.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from bench import ground
from bench.harness import Measured, Served, cpu_seconds_of, hammer, in_turn, serving, table
from bench.writes import digital_variant
from tests import servers

SERVE = "from bench import served\nserved.prepare()\nserved.serve(PORT, workers={workers})"
ROUNDS = 3
MOST_GROWTH = 1.25
CONNECTIONS = 8


def main() -> int:
    """Measure and print; whether a request costs no more with two processes."""
    parser = argparse.ArgumentParser(description="One and two processes on PostgreSQL.")
    parser.add_argument("--requests", type=int, default=200)
    requests = parser.parse_args().requests
    with ExitStack() as stack:
        url = servers.postgres().new_database()
        folder = stack.enter_context(ground.site(url))
        form = urlencode({"variant": digital_variant(folder, url), "quantity": 1})
        number = count()
        sites = {
            str(workers): stack.enter_context(
                serving(SERVE.format(workers=workers), environment=_environment(folder, url))
            )
            for workers in (1, 2)
        }
        work: dict[str, Callable[[Served], Measured]] = {
            "a page that nobody has asked for": lambda site: hammer(
                site,
                f"/search?q=trust{next(number)}",
                requests=requests,
                connections=CONNECTIONS,
                headers=["Cache-Control: no-cache"],
            ),
            "add to cart": lambda site: hammer(
                site,
                "/cart/items",
                requests=requests,
                connections=CONNECTIONS,
                form=lambda _: form,
            ),
        }
        rows: list[tuple[str, ...]] = []
        grew = False
        for name, ask in work.items():
            theirs: dict[str, list[float]] = {"1": [], "2": []}
            found = in_turn(
                {
                    each: partial(_asked, ask, site, theirs[each], requests)
                    for each, site in sites.items()
                },
                rounds=ROUNDS,
            )
            for each, ours in found.items():
                figures = (ours.per_second, ours.cpu_ms, statistics.median(theirs[each]))
                rows.append((name, each, *(f"{figure:.2f}" for figure in figures)))
            grew |= found["2"].cpu_ms > found["1"].cpu_ms * MOST_GROWTH
    heading = ("what", "processes", "a second", "CPU ms, ours", "CPU ms, PostgreSQL's")
    table(f"PostgreSQL, {os.cpu_count()} cores for all", rows, heading)
    return 1 if grew else 0


def _asked(
    ask: Callable[[Served], Measured], site: Served, theirs: list[float], requests: int
) -> Measured:
    """Measure, and note in `theirs` the milliseconds of a request that PostgreSQL took meanwhile."""
    root = int((servers.postgres().folder / "pid").read_text())
    before = cpu_seconds_of(root)
    found = ask(site)
    theirs.append((cpu_seconds_of(root) - before) * 1000 / requests)
    return found


def _environment(folder: Path, url: str) -> dict[str, str]:
    return ground.environment(folder, SHOP_DATABASE_URL=url, SHOP_NO_JOBS="1")


if __name__ == "__main__":
    sys.exit(main())
