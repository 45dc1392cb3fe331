"""What plugins cost: 0, 10 and 50 that do nothing, one whose slot sleeps, one whose slot fails by SQL.

python -m bench.plugins [sqlite] [postgresql]

A plugin that does nothing has a slot below an article, a source of links and a cart rule. Two sites differ by several
percent in one process although they are the same, because one lies better in memory than the other. So one site takes
turns with itself, page by page, each page made anew: with all its plugins, with ten, with none, and with none once
more, which shows what is noise. What counts is the CPU of this process; a round compares the pages that came at the
same time, so that a busy machine is as busy for all. Printed is the median of the rounds, and the interval in which
it lies with a probability of 99 %, by ranks alone. A goal is reached when all of the interval is below it: a run that
can't tell ends with 1, as one does in which a goal is missed or something else is missing from a page.

Calls of functions are counted besides: they depend on no machine. Those of sites of their own, started with 0, 10 and
50 plugins, show that the turns leave nothing out: where they differ by more than a thousandth, the bench fails.
"""

from __future__ import annotations

import cProfile
import gc
import math
import pstats
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
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
from shop.plugins.manager import Registry
from tests import data_folders
from tests.factories.articles import make_article
from tests.factories.comments import make_comment
from tests.factories.orders import make_variant

ROUNDS = 1_000
SURE = 2.58
"""Deviations of a fair coin within which it stays 99 times of 100."""
MOST_APART = 0.001
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
    calls: dict[int, list[int]] = {}
    for turn in range(STARTS):
        for count in COUNTS:
            with _site(backend, [_idle(number) for number in range(count)]) as (app, seconds):
                starts[count].append(seconds)
                if not turn:
                    calls[count] = [_calls_of(app, *visitor(app)) for visitor in VISITORS]
    with _site(backend, [_idle(number) for number in range(max(COUNTS))]) as (app, _):
        compared = [_compared(app, visitor) for visitor in VISITORS]
    for number, each in enumerate(compared):
        each.require_calls([calls[count][number] for count in COUNTS])
    article, cart = compared
    start = [statistics.median(each) for each in starts.values()]
    more = start[2] - start[0]
    table(
        f"Plugins that do nothing, {backend}",
        [
            ("article, CPU", *article.shown(), _proved(article)),
            ("article, calls of functions", *article.shown_calls(), ""),
            ("cart, CPU", *cart.shown(), _proved(cart)),
            ("cart, calls of functions", *cart.shown_calls(), ""),
            ("start", *(f"{each:.2f} s" for each in start), "", _said(more <= MOST_START)),
        ],
        ("what", "none", "ten", "fifty", "none again: noise", "at most 1.05 with ten, +0.5 s"),
    )
    return sum(not each.is_below(1 + MOST_PART) for each in compared) + (more > MOST_START)


def _proved(compared: _Compared) -> str:
    most = 1 + MOST_PART
    if not compared.is_below(most) and compared.interval(1)[0] <= most:
        return "NOT PROVED"
    return _said(compared.is_below(most))


def _said(is_reached: bool) -> str:
    return "yes" if is_reached else "NO"


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a page takes with 0, 10, 50 and again 0 plugins: CPU seconds by round, and calls of functions."""

    rounds: Sequence[Sequence[float]]
    calls: Sequence[int]

    def ratio(self, state: int) -> float:
        """How many times as much it takes in that state as in the first, in the round in the middle."""
        return statistics.median(self._ratios(state))

    def interval(self, state: int) -> tuple[float, float]:
        """Where the true median lies, whatever the ratios are spread like: with `SURE` deviations of a fair coin."""
        ratios = self._ratios(state)
        half = SURE * math.sqrt(len(ratios)) / 2
        low = math.floor(len(ratios) / 2 - half)
        return ratios[low], ratios[len(ratios) - 1 - low]

    def is_below(self, most: float) -> bool:
        """Whether ten plugins certainly take no more than so many times as much as none."""
        return self.interval(1)[1] <= most

    def require_calls(self, of_sites: Sequence[int]) -> None:
        """Look whether sites of their own call as many functions.

        Raises:
            RuntimeError: they do not, so that the turns leave something out.
        """
        for ours, theirs in zip(self.calls, of_sites, strict=False):
            if abs(ours - theirs) > MOST_APART * theirs:
                raise RuntimeError(f"{ours} calls in turns, and {theirs} on a site of its own")

    def shown(self) -> list[str]:
        """In words for a row of a table."""
        said = [f"{statistics.median(each[0] for each in self.rounds) * 1000:.1f} ms"]
        for state in range(1, len(self.calls)):
            low, high = self.interval(state)
            said.append(f"{self.ratio(state):.3f} ({low:.3f} to {high:.3f})")
        return said

    def shown_calls(self) -> list[str]:
        """In words for a row of a table."""
        return [
            f"{self.calls[0]:,}",
            *(f"{each / self.calls[0]:.3f}" for each in self.calls[1:]),
        ]

    def _ratios(self, state: int) -> list[float]:
        """By round, to both pages without plugins; of the second of these, to the first."""
        noise = len(self.calls) - 1
        return sorted(
            each[state] / (each[0] if state == noise else (each[0] + each[noise]) / 2)
            for each in self.rounds
        )


def _compared(app: Flask, visitor: Callable[[Flask], tuple[FlaskClient, str]]) -> _Compared:
    """A page of one site with some of its plugins, in turn; who is first in a round changes from round to round."""
    whole = state_of(app).part(Registry)
    states = [_with(whole, count) for count in (*COUNTS, COUNTS[0])]
    visit = app, *visitor(app)
    calls = []
    for state in states:  # what is read or compiled once
        _put(app, state)
        calls.append(_calls_of(*visit))
    gc.freeze()  # as a server does: else a page now and then pays for a look through all that is there
    rounds = []
    for turn in range(ROUNDS):
        taken = [0.0] * len(states)
        for number in range(len(states)):
            which = (turn + number) % len(states)
            _put(app, states[which])
            taken[which] = _page(*visit)[0]
        rounds.append(taken)
    _put(app, whole)
    return _Compared(rounds, calls)


def _with(whole: Registry, count: int) -> Registry:
    """What a site knows that was started with so many of the plugins."""
    theirs = [plugin.name for plugin in whole.plugins if plugin.name in whole.third_parties]
    owners = copy(whole.owners)
    owners.third_parties = set(theirs[:count])
    return replace(whole.without(frozenset(theirs[count:])), owners=owners)


def _put(app: Flask, registry: Registry) -> None:
    state_of(app).add(registry)
    state_of(app).add(registry.owners)


def _calls_of(app: Flask, client: FlaskClient, address: str) -> int:
    """Of a page, the least of several: some read or compile something, or find that another minute has begun."""
    counts = []
    for _ in range(5):
        profile = cProfile.Profile()
        profile.runcall(_page, app, client, address)
        counts.append(int(pstats.Stats(profile).total_calls))  # type: ignore[attr-defined]
    return min(counts)


def _visitor_of_article(app: Flask) -> tuple[FlaskClient, str]:
    return app.test_client(), "/articles/measured"


def _visitor_of_cart(app: Flask) -> tuple[FlaskClient, str]:
    client = app.test_client()
    client.post("/cart/items", data={"variant": app.config["VARIANT"], "quantity": 1})
    return client, "/cart"


VISITORS = (_visitor_of_article, _visitor_of_cart)


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
