"""What plugins cost: 0, 10 and 50 that do nothing, one whose slot sleeps, one whose slot fails by SQL.

python -m bench.plugins [sqlite] [postgresql]

A plugin that does nothing has a slot below an article, a source of links and a cart rule. The sites take turns, page by
page, each page made anew, and what counts is the CPU of this process: a round compares the pages that came at the same
time, so that a busy machine is as busy for all. Printed is the median of the rounds, with the half of them that lies
around it; a second site without plugins shows what is noise. Calls of functions are counted besides: they depend on no
machine. Ends with 1 where a goal is missed or something else is missing from a page.
"""

from __future__ import annotations

import cProfile
import math
import pstats
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from bench.harness import table
from shop.app import create_app
from shop.config import Config
from shop.core.app_state import state_of
from shop.extensions import db, limiter
from shop.plugins import manager
from shop.plugins.api import NavigationSource, Plugin, Slot, hookimpl
from shop.plugins.guard.health import HealthBook
from tests import data_folders
from tests.factories.articles import make_article
from tests.factories.comments import make_comment
from tests.factories.orders import make_variant

ROUNDS = 16
PAGES_A_ROUND = 3
STARTS = 3
SLEEP = 5.0
MOST_PART, MOST_START, MOST_PAGE = 0.05, 0.5, 0.3
"""Goals: a part of the CPU of a page with ten; seconds of a start with fifty; seconds of a page with a broken slot."""
COUNTS = (0, 10, 50)
TEMPLATE = "cart/refused.html"
POINT = "article.after_body"


def main() -> int:
    """Measure and print."""
    missed = 0
    for backend in sys.argv[1:] or ("sqlite", "postgresql"):
        missed += _measure_idle(backend) + _measure_broken(backend)
    return 1 if missed else 0


def _idle(number: int) -> ModuleType:
    return _plugin(
        f"idle{number}",
        slots=[Slot(POINT, TEMPLATE, lambda **_: None)],
        navigation=[NavigationSource(list)],
        cart_rules=[
            SimpleNamespace(name=f"idle{number}", takes_codes=False, terms=lambda _cart: [])
        ],
    )


def _plugin(name: str, **hooks: list[Any]) -> ModuleType:
    module = ModuleType(name)
    vars(module)["PLUGIN"] = Plugin(name=name, title=name)
    for hook, items in hooks.items():
        vars(module)[hook] = hookimpl(lambda items=items: items)
    return module


@contextmanager
def _site(backend: str, plugins: list[ModuleType]) -> Iterator[tuple[Flask, float]]:
    """A site with these plugins, an article with comments, and the CPU seconds that it took to make."""
    with tempfile.TemporaryDirectory() as folder:
        url = data_folders.made(backend, Path(folder))
        limiter.enabled = True
        with patch.object(manager, "installed", lambda _names: plugins):
            boot = Config(
                data_dir=Path(folder),
                database_url=url,
                base_url="http://localhost",
                secret_key="a key for measuring only",  # noqa: S106 - of no site
                plugins=("theirs",),
            )
            began = time.process_time()
            app = create_app(boot)
            seconds = time.process_time() - began
        limiter.enabled = False
        book = HealthBook(failures_every=math.inf, times_every=math.inf)
        state_of(app).add(book)
        with app.app_context():
            article = make_article(slug="measured")
            for number in range(20):
                make_comment(article, body=f"We tried key {number} for a month.")
            app.config["VARIANT"] = make_variant().id
            db.session.remove()
        yield app, seconds
        with app.app_context():
            db.engine.dispose()


def _measure_idle(backend: str) -> int:
    starts: dict[int, list[float]] = {count: [] for count in COUNTS}
    for _ in range(STARTS):
        for count in COUNTS:
            with _site(backend, [_idle(number) for number in range(count)]) as (_app, seconds):
                starts[count].append(seconds)
    with ExitStack() as open_sites:
        sites = [
            open_sites.enter_context(_site(backend, [_idle(each) for each in range(count)]))[0]
            for count in (*COUNTS, 0)
        ]
        article = _compared(sites, _visitor_of_article)
        cart = _compared(sites, _visitor_of_cart)
    start = [statistics.median(each) for each in starts.values()]
    table(
        f"Plugins that do nothing, {backend}",
        [
            ("article, CPU", *article.shown(), "at most 1.05 with ten"),
            ("article, calls of functions", *article.shown_calls(), ""),
            ("cart, CPU", *cart.shown(), "at most 1.05 with ten"),
            ("cart, calls of functions", *cart.shown_calls(), ""),
            ("start", *(f"{each:.2f} s" for each in start), "", "at most 0.5 s more with fifty"),
        ],
        ("what", "none", "ten", "fifty", "none again: noise", "goal"),
    )
    return sum(
        (
            article.ratio(1) > 1 + MOST_PART,
            cart.ratio(1) > 1 + MOST_PART,
            start[2] > start[0] + MOST_START,
        )
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a page takes on several sites: CPU seconds by round, and calls of functions."""

    rounds: Sequence[Sequence[float]]
    calls: Sequence[int]

    def ratios(self, site: int) -> list[float]:
        """How many times as much it takes there as on the first site, by round."""
        return sorted(each[site] / each[0] for each in self.rounds)

    def ratio(self, site: int) -> float:
        """That of the round in the middle."""
        return statistics.median(self.ratios(site))

    def shown(self) -> list[str]:
        """In words for a row of a table."""
        least = min(each[0] for each in self.rounds)
        said = [f"{least * 1000:.1f} ms"]
        for site in range(1, len(self.calls)):
            low, _middle, high = statistics.quantiles(self.ratios(site), n=4)
            said.append(f"{self.ratio(site):.3f} ({low:.2f} to {high:.2f})")
        return said

    def shown_calls(self) -> list[str]:
        """In words for a row of a table."""
        return [
            f"{self.calls[0]:,}",
            *(f"{each / self.calls[0]:.3f}" for each in self.calls[1:]),
        ]


def _compared(
    sites: Sequence[Flask], visitor: Callable[[Flask], tuple[FlaskClient, str]]
) -> _Compared:
    """A page of each site, in turn: of each round the least, as what disturbs a machine only ever adds."""
    visits = [(site, *visitor(site)) for site in sites]
    for visit in visits:  # what is read or compiled once
        for _ in range(3):
            _page(*visit)
    rounds = []
    for _ in range(ROUNDS):
        taken = [[_page(*visit)[0] for visit in visits] for _ in range(PAGES_A_ROUND)]
        rounds.append([min(each) for each in zip(*taken, strict=True)])
    return _Compared(rounds, [_calls_of(*visit) for visit in visits])


def _calls_of(app: Flask, client: FlaskClient, address: str) -> int:
    profile = cProfile.Profile()
    profile.runcall(_page, app, client, address)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def _visitor_of_article(app: Flask) -> tuple[FlaskClient, str]:
    return app.test_client(), "/articles/measured"


def _visitor_of_cart(app: Flask) -> tuple[FlaskClient, str]:
    client = app.test_client()
    client.post("/cart/items", data={"variant": app.config["VARIANT"], "quantity": 1})
    return client, "/cart"


def _page(app: Flask, client: FlaskClient, address: str) -> tuple[float, float, str]:
    """CPU and wall seconds of a page that is made anew, and its words."""
    state_of(app).purge_board.purge_everything()
    cpu, wall = time.process_time(), time.perf_counter()
    answer = client.get(address)
    spent = time.process_time() - cpu, time.perf_counter() - wall
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return *spent, re.sub(r"<time.*?</time>", "", answer.text, flags=re.DOTALL)


def _measure_broken(backend: str) -> int:
    is_broken = [False]

    def sleep(**_given: object) -> None:
        if is_broken[0]:
            time.sleep(SLEEP)

    def fail(**_given: object) -> None:
        if is_broken[0]:
            db.session.execute(text("SELECT nothing FROM nowhere"))

    missed, rows = 0, []
    for label, slot, was_well in (
        ("sleeps for 5 s", sleep, False),
        ("begins to sleep for 5 s", sleep, True),
        ("fails by SQL", fail, True),
    ):
        broken = _plugin("broken", slots=[Slot(POINT, TEMPLATE, slot, order=0)])
        with _site(backend, [broken]) as (app, _):
            client, address = _visitor_of_article(app)
            is_broken[0] = False
            whole = [_page(app, client, address) for _ in range(12)]
            is_broken[0] = True
            if not was_well:
                state_of(app).part(HealthBook).forget("broken")
            pages = [_page(app, client, address) for _ in range(12)]
        usual, words = statistics.median(page[1] for page in whole), whole[-1][2]
        more = [page[1] - usual for page in pages]
        is_whole = all(page[2] == words for page in pages)
        missed += (statistics.median(more) > MOST_PAGE) + (not is_whole)
        rows.append(
            (
                f"a slot that {label}",
                f"{statistics.median(more):+.3f} s",
                f"{sum(each > MOST_PAGE for each in more)} of {len(more)}",
                "nothing" if is_whole else "SOMETHING",
            )
        )
    table(
        f"A broken slot on an article, {backend}",
        rows,
        ("what", "median page, at most +0.3 s", "pages above that", "missing besides"),
    )
    return missed


if __name__ == "__main__":
    sys.exit(main())
