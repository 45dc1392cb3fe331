"""What one page, order, comment and letter costs, and from that how much a site of some size needs.

python -m bench.costs [--few] [--model FILE]

One process serves a site on PostgreSQL. Of each kind of work some units are done over HTTP, with everything that
follows from them (jobs, emails, the provider's stand-in); CPU comes from the kernel, for our process and for
PostgreSQL's, statements from `/metrics`, bytes from PostgreSQL. The model multiplies these units; `--model FILE` takes
them from a file of an earlier run, which is written to costs.json.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from bench import ground, mail
from bench.buyers import Buyer, all_at_once
from bench.checkout import Place
from bench.harness import Served, cpu_seconds_of, fetch, hammer, serving, table
from bench.writes import comment_form
from shop.blueprints.newsletter import campaigns
from shop.core.unit_of_work import unit_of_work
from tests import servers

RESULTS = Path("costs.json")
SERVE = "import bench.served; bench.served.prepare(); bench.served.serve(PORT, workers=1)"
SETTLED_WITHIN = 240
TRIALS_MUST_SELL = 0.9

PEAK = 5
"""The busiest minute of a day beside its mean."""
BUSY = 0.5
"""How much of a core is used at the peak: above that, waiting grows faster than work."""
KEPT_FOR = 60
"""A page that is read is made at most once in so many seconds, in each process."""
NGINX_SHARE = 1 / 3
"""What a kept page costs nginx, beside what it costs a process of ours."""
CORE_EUROS, GIGABYTE_EUROS, TRAFFIC_EUROS = 8.0, 0.1, 0.001
"""A month: a core with 2 GB of memory, a GB of disk, and for a GB that is sent. Rented machines in Europe, 2026."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one unit: CPU milliseconds of ours and of the database's, statements, bytes that the database grows by and
    writes to its log, and bytes of the answer.
    """

    ours_ms: float
    database_ms: float
    statements: float
    grown: float
    logged: float
    sent: float = 0.0


@dataclass(frozen=True, slots=True)
class Size:
    """A site: what happens on it in a day.

    Attributes:
        articles: how many different pages are read in a minute of the peak.
        keepers: how many keep a page each, and so make it each once a minute: the processes, or one where nginx keeps
            pages and the load balancer sends an address always to the same host.
        has_front: whether nginx answers with kept pages by itself.
    """

    name: str
    pages: int
    orders: int
    comments: int
    letters: int
    articles: int
    keepers: int = 1
    has_front: bool = True


SIZES = (
    Size("a small box", 10_000, 10, 20, 200, 50, keepers=2, has_front=False),
    Size("a known magazine", 300_000, 300, 500, 10_000, 300),
    Size("a large shop", 3_000_000, 3_000, 5_000, 100_000, 1_000),
    Size("a large shop in its season", 20_000_000, 20_000, 20_000, 500_000, 3_000),
    Size("one of the largest", 100_000_000, 100_000, 100_000, 2_000_000, 10_000),
)


def main() -> None:
    """Measure and print; then the model."""
    parser = argparse.ArgumentParser(description="Unit costs, and a model of sizes.")
    parser.add_argument("--few", action="store_true", help="a quarter of the units, for a look")
    parser.add_argument("--model", type=Path, help="take the costs from this file")
    asked = parser.parse_args()
    if asked.model:
        costs = {
            name: Cost(**values) for name, values in json.loads(asked.model.read_text()).items()
        }
    else:
        costs = measured(4 if asked.few else 1)
        RESULTS.write_text(
            json.dumps({name: asdict(cost) for name, cost in costs.items()}, indent=1)
        )
    table(
        "One unit, on PostgreSQL",
        [_row(name, cost) for name, cost in costs.items()],
        (
            "unit",
            "CPU ms, ours",
            "CPU ms, PostgreSQL",
            "statements",
            "bytes grown",
            "bytes of log",
            "bytes sent",
        ),
    )
    table("Sizes", [_sized(size, costs) for size in SIZES], HEADING)


def _row(name: str, cost: Cost) -> tuple[str, ...]:
    figures = (cost.grown, cost.logged, cost.sent)
    return (
        name,
        f"{cost.ours_ms:.2f}",
        f"{cost.database_ms:.2f}",
        f"{cost.statements:.1f}",
        *(f"{figure:,.0f}" for figure in figures),
    )


# Measuring


class Measuring:
    """A served site, and what it has cost so far."""

    def __init__(self, served: Served, url: str) -> None:
        self.served = served
        self._postgres = int((servers.postgres().folder / "pid").read_text())
        self._connection = psycopg.connect(url, autocommit=True)
        self.settle()

    def cost(self, units: int, work: Callable[[], object], *, sent: float = 0.0) -> Cost:
        """Do some units of work and all that follows from them; the cost of one."""
        before = self._so_far()
        work()
        self.settle()
        ours, database, statements, grown, logged = (
            (now - then) / units for now, then in zip(self._so_far(), before, strict=True)
        )
        return Cost(ours * 1000, database * 1000, statements, max(grown, 0), logged, sent)

    def settle(self) -> None:
        """Until no job waits that is due."""
        ends = time.monotonic() + SETTLED_WITHIN
        waiting = "SELECT count(*) FROM job WHERE state = 'waiting' AND run_at <= now()"
        while self._number(waiting):
            if time.monotonic() > ends:
                raise TimeoutError("jobs still wait")
            time.sleep(0.1)

    def _so_far(self) -> tuple[float, ...]:
        return (
            self.served.cpu_seconds(),
            cpu_seconds_of(self._postgres),
            self._figure("shop_database_statements_total"),
            self._number("SELECT pg_database_size(current_database())"),
            self._number("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"),
        )

    def _figure(self, name: str) -> float:
        text = fetch(self.served.port, "/metrics")[0].decode()
        found = re.search(rf"^{name} (\S+)", text, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"/metrics has no {name}")
        return float(found[1])

    def _number(self, query: str) -> float:
        row = self._connection.execute(query).fetchone()
        return float(row[0]) if row else 0.0


@contextmanager
def _site() -> Iterator[tuple[Measuring, Place]]:
    url = servers.postgres().new_database()
    with servers.smtp_sink() as sink, ground.site(url) as folder:
        place = Place(folder, url, sink)
        with serving(SERVE, environment=place.environment) as served:
            yield Measuring(served, url), place


def measured(part: int) -> dict[str, Cost]:
    """The cost of each unit; a `part` of the usual number of them is done."""
    with _site() as (site, place):
        port = site.served.port
        variant_id = place.stock_up(1000)
        page = len(fetch(port, ground.ARTICLE, Accept_Encoding="br")[0])
        kept, made, carts, comments, orders, letters = (
            number // part for number in (4000, 200, 200, 200, 60, 400)
        )
        hammer(site.served, ground.ARTICLE, requests=200)
        return {
            "kept page": site.cost(
                kept, lambda: hammer(site.served, ground.ARTICLE, requests=kept), sent=page
            ),
            "page made (article, 50 comments)": site.cost(
                made,
                lambda: hammer(
                    site.served, ground.ARTICLE, requests=made, headers=["X-Fragment: none"]
                ),
                sent=page,
            ),
            "add to cart": site.cost(
                carts,
                lambda: hammer(
                    site.served,
                    "/cart/items",
                    requests=carts,
                    form=lambda _: urlencode({"variant": variant_id, "quantity": 1}),
                ),
            ),
            "comment": site.cost(
                comments,
                lambda: hammer(
                    site.served, f"{ground.ARTICLE}/comments", requests=comments, form=comment_form
                ),
            ),
            "order: cart, checkout, payment, emails": site.cost(
                orders, lambda: _buy(orders, port, variant_id)
            ),
            "letter to a subscriber": _letters(site, place, letters),
        }


def _buy(orders: int, port: int, variant_id: int) -> None:
    buyers = [Buyer(number, port, variant_id) for number in range(orders)]
    outcomes = all_at_once(buyers, at_a_time=2)
    if outcomes["bought"] < TRIALS_MUST_SELL * orders:
        raise RuntimeError(f"not everybody could buy: {dict(outcomes)}")


def _letters(site: Measuring, place: Place, letters: int) -> Cost:
    with place.open():
        mail.subscribe(letters)

    def send() -> None:
        with place.open(), unit_of_work():
            issue = campaigns.write_issue(subject="This month", body=mail.LETTER)
            campaigns.send_issue(issue, after=timedelta())

    return site.cost(letters, send)


# The model

HEADING = (
    "site",
    "pages, orders a day",
    "pages made a second at the peak",
    "cores of ours at the peak",
    "cores of PostgreSQL",
    "web hosts of 4 cores",
    "statements a second",
    "database grows, GB a year",
    "sent, GB a month",
    "euros a month",
)


def _sized(size: Size, costs: Mapping[str, Cost]) -> tuple[str, ...]:
    """What a site of some size needs at the busiest minute of its day."""
    kept, made, cart, comment, order, letter = costs.values()
    second = PEAK / 86_400
    makes = min(size.pages * second, size.articles / KEPT_FOR * size.keepers)
    keeps = (size.pages * second - makes) * (NGINX_SHARE if size.has_front else 1)
    work = (
        (keeps, kept),
        (makes, made),
        (size.orders * 4 * second, cart),  # of four carts one becomes an order
        (size.comments * second, comment),
        (size.orders * second, order),
        (size.letters / 3600, letter),  # within an hour
    )
    ours = sum(often * cost.ours_ms for often, cost in work) / 1000 / BUSY
    database = sum(often * cost.database_ms for often, cost in work) / 1000 / BUSY
    statements = sum(often * cost.statements for often, cost in work)
    grown = (
        size.orders * (order.grown + 4 * cart.grown)
        + size.comments * comment.grown
        + size.letters * letter.grown * 90 / 365  # sent letters go after 90 days
    )
    year = grown * 365 / 1e9
    month = size.pages * 30 * kept.sent / 1e9
    hosts = 1 if ours + database <= 2 else math.ceil(ours / 4) + 1  # one to spare
    cores = 2 if hosts == 1 else 4 * hosts + 2 * max(2, math.ceil(database))
    euros = cores * CORE_EUROS + 2 * year * GIGABYTE_EUROS + month * TRAFFIC_EUROS
    return (
        size.name,
        f"{size.pages:,}, {size.orders:,}",
        f"{makes:.1f}",
        f"{ours:.2f}",
        f"{database:.2f}",
        f"{hosts}",
        f"{statements:,.0f}",
        f"{year:,.1f}",
        f"{month:,.0f}",
        f"{euros:,.0f}",
    )


if __name__ == "__main__":
    main()
