"""Readers go on reading while something that the site needs stands still.

python -m bench.freezes [ROW ...] [--seconds 10] [--before]

Each row starts a site, freezes one thing for so many seconds, lets others ask for what needs it, and counts how the
readers of kept pages and the probe of a load balancer fare meanwhile. A row fails when more than one in a thousand is
not answered within two seconds, when the slowest hundredth takes longer than half a second, or when it has not ended
after three minutes beside the freeze. The command ends with 1 when a row fails. With `--before` the guards are
out (`bench.frozen_site`): that is the control, and the command ends with 1 when a row does not fail.

Rows: postgresql (stopped by SIGSTOP), sqlite (locked by another), provider (Stripe swallows packets, four buyers),
bodies (two forms that arrive a byte at a time), silent (a hundred connections that say nothing), jobs (SQLite's one
writer is wanted by 500 jobs, which write emails and search texts, and by four who send forms; each form must be taken).
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import make_url, select

from bench import ground
from bench.buyers import FORM, HIDDEN, Buyer
from bench.harness import Served, family, serving, table
from bench.writes import digital_variant
from shop.app import create_app
from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import Article
from shop.config import DATABASE, Config
from shop.core import jobs
from shop.core.changes.purge import FILE, PurgeBoard
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import servers

KEPT = ("/", ground.ARTICLE, "/articles/", "/shop/", "/feed.xml")
READERS, PROBERS = 4, 1
WELL_AGAIN_WITHIN = 30.0
BESIDE_THE_FREEZE = 180
"""Seconds within which a row has started its site and ended it."""
PACE = 0.05
PATIENCE = 2.0
ENOUGH, SLOWEST = 0.999, 0.5
SERVE = "import sys; sys.argv[1:] = [str(PORT)]\nfrom bench.frozen_site import main\nmain()"
HEADING = (
    "what",
    "readers answered",
    "p50",
    "p99",
    "/healthz answered",
    "p50",
    "p99",
    "who needs it",
)
STRIPE = {
    "SHOP_STRIPE_SECRET_KEY": "sk_test_of_a_benchmark",
    "SHOP_STRIPE_WEBHOOK_SECRET": "whsec_of_a_benchmark",
}


class RowFailed(Exception):
    """What went wrong in a row, beside how readers fared."""


@dataclass
class Fared:
    """How those who asked fared: seconds of each answer, and how many got none."""

    seconds: list[float] = field(default_factory=list)
    unanswered: int = 0

    @property
    def share(self) -> float:
        asked = len(self.seconds) + self.unanswered
        return len(self.seconds) / asked if asked else 0.0

    def percentile(self, hundredth: int) -> float:
        """Seconds within which so many of a hundred answers came."""
        if len(self.seconds) < 2:
            return float("inf")
        return statistics.quantiles(self.seconds, n=100)[hundredth - 1]

    @property
    def is_well(self) -> bool:
        return self.share >= ENOUGH and self.percentile(99) <= SLOWEST

    def row(self) -> tuple[str, str, str]:
        asked = len(self.seconds) + self.unanswered
        times = [f"{self.percentile(each) * 1000:.0f} ms" for each in (50, 99)]
        return f"{len(self.seconds)} of {asked}", times[0], times[1]


def main() -> int:
    """Measure each row, print, and say whether all went as they should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[[], *ROWS])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--before", action="store_true", help="without the guards")
    asked = parser.parse_args()
    were_well = set[bool]()
    with contextlib.ExitStack() as stack:
        sites = Sites(stack, {"BENCH_BEFORE": "1"} if asked.before else {})
        table(
            f"Frozen for {asked.seconds:g} s" + (", guards out" if asked.before else ""),
            (_measured(name, sites, asked.seconds, were_well) for name in asked.rows or ROWS),
            HEADING,
        )
    return 0 if were_well == {not asked.before} else 1


def _measured(name: str, sites: Sites, seconds: float, were_well: set[bool]) -> tuple[str, ...]:
    """A row of the table; whether all was well in it goes into `were_well`."""
    try:
        sites.plant(on_postgresql=name == "postgresql")
        with _ended_after(BESIDE_THE_FREEZE + seconds):
            readers, probes, worked = ROWS[name](seconds, sites)
    except RowFailed as error:
        were_well.add(False)
        return (name, *[""] * 6, str(error))
    were_well.add(readers.is_well and probes.is_well)
    return (name, *readers.row(), *probes.row(), worked)


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """Give a row up that takes longer; what it has started is ended on the way out."""

    def give_up(*_told: object) -> None:
        raise RowFailed(f"had not ended after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# What stands still


def _postgresql(seconds: float, sites: Sites) -> tuple[Fared, Fared, str]:
    with sites.served(on_postgresql=True) as (site, folder):
        root = int((servers.postgres().folder / "pid").read_text())
        workers = [_Asking(site, _searched) for _ in range(12)]
        with _frozen(root):
            _purge(folder)
            fared = _watched(site, seconds, workers)
        return *fared, f"{_said(workers)}; well again after {_seconds_until_well(site.port):.1f} s"


def _seconds_until_well(port: int) -> float:
    """How long it takes until a page is made again."""
    started = time.monotonic()
    while _answer(port, "/search?q=trust", 5.0) != 200:
        if time.monotonic() > started + WELL_AGAIN_WITHIN:
            raise RowFailed(f"not well again after {WELL_AGAIN_WITHIN:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - started


def _sqlite(seconds: float, sites: Sites) -> tuple[Fared, Fared, str]:
    with sites.served() as (site, folder):
        variant = digital_variant(folder)
        form = urlencode({"variant": variant, "quantity": 1})
        workers = [
            _Asking(site, lambda port: _posted(port, "/cart/items", form)) for _ in range(12)
        ]
        other = sqlite3.connect(folder / DATABASE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            _purge(folder)
            fared = _watched(site, seconds, workers)
        finally:
            other.execute("ROLLBACK")
            other.close()
        return *fared, _said(workers)


def _provider(seconds: float, sites: Sites) -> tuple[Fared, Fared, str]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as swallows:
        port = swallows.getsockname()[1]
        more = STRIPE | {"BENCH_SILENT_PROVIDER": str(port)}
        with sites.served(**more) as (site, folder):
            variant = digital_variant(folder)
            buyers = [_Pressing(Buyer(number, site.port, variant)) for number in range(4)]
            workers = [_Asking(site, buyer) for buyer in buyers]
            return *_watched(site, seconds, workers), _said(workers)


def _bodies(seconds: float, sites: Sites) -> tuple[Fared, Fared, str]:
    with sites.served() as (site, _folder), contextlib.ExitStack() as opened:
        begun = "POST /contact HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\na"
        slow = [opened.enter_context(_connected(site.port)) for _ in range(2)]
        for each in slow:
            each.sendall(begun.encode())

        def trickle(_port: int) -> str:
            with contextlib.suppress(OSError):
                for each in slow:
                    each.sendall(b"a")
            return "a byte"

        return *_watched(site, seconds, [_Asking(site, trickle)]), "two slow forms"


def _silent(seconds: float, sites: Sites) -> tuple[Fared, Fared, str]:
    with sites.served() as (site, _folder), contextlib.ExitStack() as opened:

        def come_back(port: int) -> str:
            with contextlib.suppress(OSError):
                opened.enter_context(_connected(port))
            return "a connection"

        for _number in range(100):
            come_back(site.port)
        return *_watched(
            site, seconds, [_Asking(site, come_back)]
        ), "100 silent connections and more"


def _jobs(seconds: float, sites: Sites) -> tuple[Fared, Fared, str]:
    with sites.served() as (site, folder):
        form = urlencode({"variant": digital_variant(folder), "quantity": 1})
        forms = Fared()

        def send(port: int) -> str:
            began = time.monotonic()
            status = _posted(port, "/cart/items", form)
            if status == "303":
                forms.seconds.append(time.monotonic() - began)
            else:
                forms.unanswered += 1
            return status

        servers.until(lambda: not _jobs_left(folder), "the demo’s own jobs", within=60)
        _queue_jobs(folder, 500)
        fared = _watched(site, seconds, [_Asking(site, send) for _ in range(4)])
        left = _jobs_left(folder)
    taken, median, slowest = forms.row()
    if forms.unanswered or left == 500:
        raise RowFailed(f"forms: {taken} taken, {left} jobs left")
    return *fared, f"forms: {taken} taken, p50 {median}, p99 {slowest}; {500 - left} jobs done"


def _queue_jobs(folder: Path, number: int) -> None:
    """Emails to an account and search texts of articles, in turn."""
    app = create_app(Config(data_dir=folder, secret_key=ground.KEY))
    with app.app_context():
        account = db.session.scalars(select(Account.id)).first()
        articles = cycle(db.session.scalars(select(Article.id)).all())
        letter = {"letter": "password-changed", "to": "owner@example.org", "account": account}
        kinds = ("accounts.letter", "event:articles.keep_found_ArticleChanged")
        with unit_of_work():
            jobs.enqueue_all(
                (kinds[each % 2], {"article_id": next(articles)} if each % 2 else letter)
                for each in range(number)
            )
        db.engine.dispose()


def _jobs_left(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as file:
        (left,) = file.execute(
            "SELECT count(*) FROM job"
            " WHERE state = 'waiting' AND lane = 'usual' AND run_at < datetime('now')"
        ).fetchone()
    return int(left)


ROWS: dict[str, Callable[[float, Sites], tuple[Fared, Fared, str]]] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
    "provider": _provider,
    "bodies": _bodies,
    "silent": _silent,
    "jobs": _jobs,
}


# Those who ask


class _Asking(threading.Thread):
    """Asks again and again for what needs the thing that is frozen; counts what it is told."""

    def __init__(self, site: Served, ask: Callable[[int], str]) -> None:
        super().__init__(daemon=True)
        self.told: dict[str, int] = {}
        self.ends = threading.Event()
        self._site, self._ask = site, ask

    def run(self) -> None:
        while not self.ends.is_set():
            try:
                told = self._ask(self._site.port)
            except (OSError, http.client.HTTPException):
                told = "nothing"
            self.told[told] = self.told.get(told, 0) + 1
            self.ends.wait(PACE)


class _Pressing:
    """A buyer who presses the button again and again."""

    def __init__(self, buyer: Buyer) -> None:
        self._buyer = buyer
        self._form: dict[str, object] = {}

    def __call__(self, _port: int) -> str:
        if not self._form:
            self._form = self._filled_in()
        answer = self._buyer.ask_once("POST", "/checkout", self._form)
        self._form.update(HIDDEN.findall(answer.body))
        return str(answer.status)

    def _filled_in(self) -> dict[str, object]:
        self._buyer.put_in()
        page = self._buyer.ask_once("GET", "/checkout", None)
        who = {"email": self._buyer.email, "name": "A buyer", "country": "IE", "consent": "y"}
        return who | dict(HIDDEN.findall(page.body))


def _searched(port: int) -> str:
    return str(_answer(port, f"/search?q=trust{time.monotonic_ns()}", 20.0) or "nothing")


def _posted(port: int, path: str, form: str) -> str:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as client:
        client.request("POST", path, form, FORM)
        return str(client.getresponse().status)


def _said(workers: list[_Asking]) -> str:
    told: dict[str, int] = {}
    for worker in workers:
        for each, times in worker.told.items():
            told[each] = told.get(each, 0) + times
    return ", ".join(f"{times} × {each}" for each, times in sorted(told.items()))


# Those who read


def _watched(site: Served, seconds: float, workers: list[_Asking]) -> tuple[Fared, Fared]:
    """Let all of them ask for so long; how readers and probes fared once the others had begun."""
    for worker in workers:
        worker.start()
    time.sleep(1)
    readers, probes = Fared(), Fared()
    until = time.monotonic() + seconds
    asking = [
        threading.Thread(target=_read, args=(site.port, KEPT, until, readers))
        for _ in range(READERS)
    ]
    asking += [
        threading.Thread(target=_read, args=(site.port, ("/healthz",), until, probes))
        for _ in range(PROBERS)
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    for worker in workers:
        worker.ends.set()
    return readers, probes


def _read(port: int, paths: tuple[str, ...], until: float, fared: Fared) -> None:
    number = 0
    while (started := time.monotonic()) < until:
        number += 1
        status = _answer(port, paths[number % len(paths)], PATIENCE)
        if status == 200:
            fared.seconds.append(time.monotonic() - started)
        else:
            fared.unanswered += 1
        time.sleep(max(0.0, PACE - (time.monotonic() - started)))


def _answer(port: int, path: str, within: float) -> int:
    """The status of an answer; 0 for none in time."""
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=within)
    ) as client:
        try:
            client.request("GET", path)
            answer = client.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return 0
        return answer.status


def asked_once(port: int, path: str, within: float) -> tuple[int, float]:
    """The status of an answer, 0 for none in time, and the seconds that it took."""
    started = time.monotonic()
    return _answer(port, path, within), time.monotonic() - started


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


# The site


class Sites:
    """Sites with the demo's content, planted once on each database and copied for each row.

    Args:
        stack: ends what is planted.
        environment: of each site that is served.
    """

    def __init__(self, stack: contextlib.ExitStack, environment: dict[str, str]) -> None:
        self._stack = stack
        self._environment = environment
        self._planted: dict[bool, tuple[Path, str]] = {}

    def plant(self, *, on_postgresql: bool) -> None:
        """Plant the site that is copied, unless it is there."""
        if on_postgresql not in self._planted:
            url = servers.postgres().new_database() if on_postgresql else ""
            self._planted[on_postgresql] = self._stack.enter_context(ground.site(url)), url

    @contextmanager
    def served(self, *, on_postgresql: bool = False, **more: str) -> Iterator[tuple[Served, Path]]:
        """A copy that is served; its pages are kept already."""
        planted, url = self._planted[on_postgresql]
        with tempfile.TemporaryDirectory(prefix="shop-bench-") as name:
            folder = Path(name)
            shutil.copytree(planted, folder, dirs_exist_ok=True)
            asked = ground.environment(folder, **self._environment, **more, SHOP_TEST_PAYMENTS="0")
            if url:
                like = make_url(url).database or ""
                asked["SHOP_DATABASE_URL"] = servers.postgres().new_database(like=like)
            with serving(SERVE, environment=asked) as site:
                for path in KEPT:
                    _answer(site.port, path, 20.0)
                yield site, folder


@contextmanager
def _frozen(root: int) -> Iterator[None]:
    """Stop a process and its children: they answer nothing, and the kernel takes what is sent to them."""
    stopped = family(root)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _purge(folder: Path) -> None:
    """Something was changed just before: no kept page is good any more."""
    board = PurgeBoard(folder / FILE)
    board.purge(["articles", "settings", "catalog"])
    board.close()


if __name__ == "__main__":
    sys.exit(main())
