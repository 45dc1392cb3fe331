"""One and two processes on PostgreSQL: what a request costs us and the database, and how many are answered a second.

    python -m bench.processes [--requests 200]

Where the cores are too few for two processes and PostgreSQL, answers a second can't double, whatever we do: the command
says how many times as many these cores allow at most. What would keep them from it elsewhere shows in the processor
time of a request, ours and the database's: with two processes it is the same, unless they disturb each other or do
something twice. Twice as many processes are 1.8 times as fast where a request takes at most 1.11 times as long, and the
command ends with 1 where it takes longer. What waits for a lock and takes no processor time does not show.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from bench import ground
from bench.harness import Measured, Served, cpu_seconds_of, hammer, in_turn, serving, table
from bench.writes import digital_variant
from tests import servers

SERVE = "from bench import served\nserved.prepare()\nserved.serve(PORT, workers={workers})"
ROUNDS = 3
GOAL = 1.8
CORES = os.cpu_count() or 1
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
        found = [_compared(name, ask, sites, requests) for name, ask in work.items()]
    heading = ("what", "processes", "a second", "CPU ms, ours", "CPU ms, PostgreSQL's")
    table(
        f"PostgreSQL, {CORES} cores for all", (row for each in found for row in each.rows), heading
    )
    print("", *(each.note for each in found), sep="\n")
    return 0 if min(each.speed for each in found) >= GOAL else 1


class _Compared(NamedTuple):
    """One kind of request: rows of the table, and how many times as fast two processes are where cores are enough."""

    rows: list[tuple[str, ...]]
    speed: float
    note: str


def _compared(
    name: str, ask: Callable[[Served], Measured], sites: Mapping[str, Served], requests: int
) -> _Compared:
    theirs: dict[str, list[float]] = {each: [] for each in sites}
    found = in_turn(
        {each: partial(_asked, ask, site, theirs[each], requests) for each, site in sites.items()},
        rounds=ROUNDS,
    )
    of_database = {each: statistics.median(theirs[each]) for each in sites}
    rows = [
        (name, each, *(f"{it:.2f}" for it in (ours.per_second, ours.cpu_ms, of_database[each])))
        for each, ours in found.items()
    ]
    one, two = (found[each].cpu_ms + of_database[each] for each in ("1", "2"))
    speed, here = 2 * one / two, min(2.0, CORES * found["1"].cpu_ms / one)
    note = (
        f"{name}: where cores are enough, two processes are {speed:.2f} times as fast as one (goal: {GOAL}); "
        f"these {CORES}, which PostgreSQL shares, allow at most {here:.2f}."
    )
    return _Compared(rows, speed, note)


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
