"""Each part of the whole killed and frozen in turn while people read, buy and change pages: no page is missed.

python -m bench.kills [--seconds 6] [--only NAME] [--times 1]

What `deploy/processes.py` brings up. Readers ask nginx and both hosts straight for pages and feeds; buyers buy; an
editor changes an article all the while, so that pages are purged while things die. In turn a web process, a web server,
a worker, Valkey, a process of PostgreSQL and PostgreSQL itself are killed (-9), and each is frozen (SIGSTOP) for so
many seconds; the next follows when every place answers again. Nobody can be answered by a host whose own server is
killed or frozen; everybody else must be, and with no 503. Ends with 1 where a reader was not, or money or mails are not
exact afterwards (`bench.soak.verdict`).

What needs the database to go in the middle of making a page is rare: `--only "postgres killed" --times 10` found it.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bench import ground
from bench.freezes import KEPT
from bench.harness import end_within, table
from bench.soak import verdict
from bench.soak.letterbox import letterbox
from bench.soak.people import Crowd, ask
from bench.soak.whole import Whole, brought_up
from shop.blueprints.articles import services
from shop.blueprints.articles.models import Article
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import servers

ENDS_WITHIN = 1200.0
PAUSE, WITHIN = 0.1, 10.0
EDITS_EVERY = 0.5
SETTLES = 11.0
"""Seconds. `deploy/processes.py` starts again ever later what ends before it is ten seconds old."""
WELL_WITHIN = 120.0
MOST_FAULTS = 30
NGINX, HOSTS = "nginx", ("host 1", "host 2")
PAGES = (*KEPT, f"{ground.ARTICLE}/comments.xml")
PROGRAMS = ("web-1", "worker-1", "valkey", "postgres")


@dataclass(frozen=True)
class Reading:
    """One question of a reader, and what came of it."""

    at: float
    place: str
    path: str
    status: str
    seconds: float


class Readers:
    """Readers of every page at every place, who never stop."""

    def __init__(self, whole: Whole) -> None:
        self.read: list[Reading] = []
        self._end = threading.Event()
        self._places = {NGINX: whole.port, HOSTS[0]: whole.port + 1, HOSTS[1]: whole.port + 2}
        self._threads = [
            threading.Thread(target=self._read, args=(place, port), daemon=True)
            for place, port in self._places.items()
        ]

    def come(self) -> None:
        """Begin, once every page was whole at every place."""
        for (place, port), path in itertools.product(self._places.items(), PAGES):
            servers.until(
                lambda port=port, path=path: ask(port, "GET", path, within=60) == "200",
                f"{path} of {place}",
            )
        time.sleep(SETTLES)  # until what was made is written down
        for each in self._threads:
            each.start()

    def are_well(self, since: float) -> None:
        """Until every page was answered at every place to somebody who asked since then."""
        wanted = {*itertools.product(self._places, PAGES)}

        def are_answered() -> bool:
            well = {
                (each.place, each.path)
                for each in self.read[-1000:]
                if each.status == "200" and each.at > since
            }
            return wanted == well

        servers.until(are_answered, "every page at every place", within=WELL_WITHIN)

    def go(self) -> None:
        """End."""
        self._end.set()
        for each in self._threads:
            each.join(60)

    def _read(self, place: str, port: int) -> None:
        for path in itertools.cycle(PAGES):
            if self._end.is_set():
                return
            began = time.monotonic()
            status = ask(port, "GET", path, within=WITHIN)
            self.read.append(Reading(began, place, path, status, time.monotonic() - began))
            self._end.wait(PAUSE)


class Editor(threading.Thread):
    """Changes an article again and again, as a further host does; what fails is tried again."""

    def __init__(self, whole: Whole) -> None:
        super().__init__(daemon=True)
        self.ends = threading.Event()
        self._whole = whole

    def run(self) -> None:
        with self._whole.opened():
            for number in itertools.count():
                if self.ends.wait(EDITS_EVERY):
                    return
                with contextlib.suppress(SQLAlchemyError), unit_of_work():
                    slug = ground.ARTICLE.rsplit("/", 1)[1]
                    article = db.session.scalars(select(Article).where(Article.slug == slug)).one()
                    services.save_article(article, title=f"Eight keys, in edition {number}")
                db.session.remove()


def main() -> int:
    """Do harm, print, and say whether all is well."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0, help="that something is frozen")
    parser.add_argument("--only", default="", help="those harms alone whose name has this in it")
    parser.add_argument("--times", type=int, default=1, help="that each harm is done")
    asked = parser.parse_args()
    end_within(ENDS_WITHIN)
    with letterbox() as box, brought_up(box.url) as whole:
        whole.fill()
        people, readers, editor = Crowd(whole, readers=0), Readers(whole), Editor(whole)
        people.come()
        readers.come()
        editor.start()
        spans = [
            (what, _done(harm, readers))
            for what, harm in _harms(whole, asked.seconds).items()
            if asked.only in what
            for _time in range(asked.times)
        ]
        editor.ends.set()
        readers.go()
        people.go()
        with whole.opened():
            settling = verdict.settle()
            found = list(verdict.findings(whole, people.told, box))
    faults = [each for what, span in spans for each in _faults(what, span, readers.read)]
    _print(spans, readers.read, people)
    wrong = [each for each in found if not each.is_right]
    table(
        f"When all had settled, after {settling:.0f} s",
        [(each.what, f"{each.found:g}", f"{each.must:g}") for each in found],
        ("what", "found", "must be"),
    )
    for fault in faults[:MOST_FAULTS]:
        print(f"NOT ANSWERED: {fault}")
    for each in wrong:
        print(f"WRONG: {each.what}: {each.found:g}, not {each.must:g}")
    return 1 if faults or wrong else 0


# Harm


@dataclass(frozen=True)
class Span:
    """From when until when something stood still, and at which place nobody can answer meanwhile."""

    began: float
    ended: float
    away: str
    until_well: float


def _harms(whole: Whole, seconds: float) -> Mapping[str, Callable[[], str]]:
    """Each does harm, and says which place is away meanwhile, if any."""
    found: dict[str, Callable[[], str]] = {
        "nothing": lambda: "",
        "a web process killed": lambda: _kill(lambda: whole.children("web-1")[0], HOSTS[0]),
        "a process of PostgreSQL killed": lambda: _kill(lambda: max(whole.children("postgres"))),
    }
    for name in PROGRAMS:
        away = HOSTS[0] if name == "web-1" else ""
        found[f"{name} killed"] = partial(
            lambda name, away: _kill(lambda: whole.pid(name), away), name, away
        )
        found[f"{name} frozen"] = partial(_freeze, whole, name, seconds, away)
    return found


def _done(harm: Callable[[], str], readers: Readers) -> Span:
    began = time.monotonic()
    away = harm()
    over = time.monotonic()
    readers.are_well(since=over)
    well = time.monotonic()
    time.sleep(SETTLES)
    return Span(began, time.monotonic(), away, well - over)


def _kill(find: Callable[[], int], away: str = "") -> str:
    def is_killed() -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(find(), signal.SIGKILL)
            return True
        return False

    servers.until(is_killed, "a process to be there")
    return away


def _freeze(whole: Whole, name: str, seconds: float, away: str) -> str:
    stopped = whole.family(name)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in stopped:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return away


# What readers were told


def _faults(what: str, span: Span, read: list[Reading]) -> Iterator[str]:
    for each in _within(span, read):
        is_away = each.place == span.away and not each.status.isdecimal()
        if each.status != "200" and not is_away:
            after = each.at - span.began
            yield f"{what}: {each.status} for {each.path} by {each.place}, {after:.1f} s after"


def _within(span: Span, read: list[Reading]) -> list[Reading]:
    """Those that came to an end in that time."""
    return [each for each in read if span.began <= each.at + each.seconds < span.ended]


def _print(spans: list[tuple[str, Span]], read: list[Reading], people: Crowd) -> None:
    rows = []
    for what, span in spans:
        ours = _within(span, read)
        told = Counter(f"{each.status} by {each.place}" for each in ours if each.status != "200")
        answered = sum(each.status == "200" for each in ours)
        slowest = max((each.seconds for each in ours if each.status == "200"), default=0.0)
        words = ", ".join(f"{times} × {each}" for each, times in told.items()) or "nothing"
        figures = (f"{slowest:.2f}", f"{span.until_well:.1f}")
        rows.append((what, f"{answered} of {len(ours)}", *figures, words))
    heading = ("what", "answered", "slowest, s", "all answer again after, s", "told instead")
    table("Readers", rows, heading)
    outcomes = sorted(people.told.outcomes.items())
    table("People", [(what, f"{times}") for what, times in outcomes], ("what", "times"))


if __name__ == "__main__":
    sys.exit(main())
