"""What is noted of every request: its id, which page it was, how long it took and how it was answered.

The id comes from the proxy in front (`X-Request-ID`), where there is one that we trust, or is made here. It stands in
the answer, in every line of the log, on an error's page, and in each job and email that the request led to.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import structlog

from shop.core.observing.meters import Meters
from shop.core.observing.standard_error import standard_error

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID = "shop.request_id"
PAGE = "shop.page"
"""In the WSGI environment: the endpoint that Flask chose, when it was asked at all."""
STALE = "shop.stale"
"""In the WSGI environment: `stale`, when the answer is the last good page because no other could be had."""
HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the classes of duration, in seconds; the last class has none."""
CLASSES = ("2xx", "3xx", "4xx", "5xx")
WAYS = ("made", "kept", "stale", "static")
OTHER = "other"
MOST_PATHS = 20_000
BUSY = "busy"
HANDFUL = 64
HELD_SECONDS = 1.0
"""A process that is killed takes the counts of so long with it."""


AtOnce = Callable[["WSGIEnvironment"], "tuple[list[tuple[str, str]], bytes] | None"]
"""Headers and body of the answer 200 where nothing has to be done for it; None where something has."""


def answer_nothing(_environ: WSGIEnvironment) -> None:
    """Where nothing is kept."""


def names_of(pages: Iterable[str]) -> list[str]:
    """The counters of requests, by way, page, class of status and duration."""
    names = [f"way:{way}" for way in WAYS]
    for page in (*pages, OTHER):
        names += [f"{page}:{each}" for each in (*CLASSES, *range(len(BOUNDS) + 1), "sum")]
    return names


class RequestFigures:
    """Where requests are counted, in handfuls: writing each one down by itself costs a third of answering with a kept
    page. A handful is put down when it is full, after a second, and before the sums are read in this process.
    """

    def __init__(self, meters: Meters, pages: Iterable[str]) -> None:
        self._meters = meters
        self._busy = meters.index[BUSY]
        self._begins = {page: meters.index[f"{page}:2xx"] for page in (*pages, OTHER)}
        self._ways = {way: meters.index[f"way:{way}"] for way in WAYS}
        self._places: dict[tuple[str, str, int], tuple[int, int, int, int]] = {}
        """By page, way and status: the counters of way and class, the first one of duration, and that of seconds."""
        self._held: deque[tuple[tuple[str, str, int], float]] = deque()
        self._is_awaited = False
        """Whether a thread waits to put down what is held."""

    def begin_work(self) -> None:
        """A request is worked on: no kept page answers it."""
        self._meters.add((self._busy, 1))

    def end_work(self) -> None:
        """It is worked on no more."""
        self._meters.add((self._busy, -1))

    def count(self, page: str, way: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._held.append(((page, way, status), seconds))
        if not self._is_awaited:
            self._is_awaited = True
            _after(HELD_SECONDS, self._put_down_in_time)
        elif len(self._held) >= HANDFUL:
            self.put_down()

    def put_down(self) -> None:
        """Write down what is held, for all processes to see."""
        alike: defaultdict[tuple[str, str, int], list[float]] = defaultdict(list)
        with suppress(IndexError):  # another thread may take the last one
            while self._held:
                kind, seconds = self._held.popleft()
                alike[kind].append(seconds)
        changes: list[tuple[int, float]] = []
        for kind, times in alike.items():
            way_place, class_place, first_bucket, sum_place = self._places_of(*kind)
            changes += [(way_place, len(times)), (class_place, len(times)), (sum_place, sum(times))]
            changes += [(first_bucket + bisect_left(BOUNDS, each), 1) for each in times]
        self._meters.add(*changes)

    def _put_down_in_time(self) -> None:
        self._is_awaited = False
        self.put_down()

    def _places_of(self, page: str, way: str, status: int) -> tuple[int, int, int, int]:
        found = self._places.get((page, way, status))
        if found is None:
            begin = self._begins.get(page, self._begins[OTHER])
            first_bucket = begin + len(CLASSES)
            class_place = begin + min(max(status // 100, 2), 5) - 2
            sum_place = first_bucket + len(BOUNDS) + 1
            found = (self._ways[way], class_place, first_bucket, sum_place)
            self._places[page, way, status] = found
        return found


def _after(seconds: float, act: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


_numbers = count()
_begins = [secrets.token_hex(4)]
"""How the ids of this process begin: a number is enough after it, and costs less than a random one for each request."""
os.register_at_fork(after_in_child=lambda: _begins.__setitem__(0, secrets.token_hex(4)))


class WorkCount:
    """The WSGI layer around Flask: how many requests are worked on."""

    def __init__(self, app: WSGIApplication, figures: RequestFigures) -> None:
        self._app = app
        self._figures = figures

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._figures.begin_work()
        try:
            return self._app(environ, start_response)
        finally:
            self._figures.end_work()


class RequestWatch:
    """The outermost WSGI layer."""

    def __init__(
        self,
        app: WSGIApplication,
        figures: RequestFigures,
        *,
        trusts_front: bool,
        writes_lines: bool,
        at_once: AtOnce = answer_nothing,
    ) -> None:
        self._app = app
        self._at_once = at_once
        self._figures = figures
        self._trusts_front = trusts_front
        self._writes_lines = writes_lines
        self._pages: dict[str, str] = {}
        """By path: its page, for when a kept one is the answer and Flask is not asked."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        given = _id_of_front(environ) if self._trusts_front else ""
        request_id = environ[REQUEST_ID] = given or f"{_begins[0]}{next(_numbers):08x}"
        if (kept := self._at_once(environ)) is not None:
            headers = [*kept[0], (HEADER, request_id)]
            start_response("200 OK", headers)
            known_as = self._pages.get(environ["PATH_INFO"], OTHER)
            seconds = time.perf_counter() - began
            self._figures.count(known_as, "kept", 200, seconds)
            if self._writes_lines:
                _write_line(environ, known_as, "kept", (200, headers), seconds)
            return [kept[1]]
        answered: list[Any] = [500, ()]

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answered[0], answered[1] = int(status[:3]), headers
            return start_response(status, [*headers, (HEADER, request_id)], exc_info)

        try:
            return self._app(environ, note)
        finally:
            seconds = time.perf_counter() - began
            page = None if PAGE in environ else self._pages.get(environ["PATH_INFO"])
            if page is not None and STALE not in environ and answered[0] < 400:
                way = "kept"
            else:
                page, way = self._page_of(environ), _way_of(environ, answered[0])
            self._figures.count(page, way, answered[0], seconds)
            if self._writes_lines:
                _write_line(environ, page, way, answered, seconds)

    def _page_of(self, environ: WSGIEnvironment) -> str:
        path, page = environ["PATH_INFO"], environ.get(PAGE)
        if page is None:
            return self._pages.get(path, OTHER)
        if environ["REQUEST_METHOD"] == "GET" and path not in self._pages:
            if len(self._pages) >= MOST_PATHS:
                self._pages.clear()
            self._pages[path] = page
        return str(page)


def _id_of_front(environ: WSGIEnvironment) -> str:
    """The id that the proxy gave; empty where it is none that a log can take."""
    given: str = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _GIVEN.fullmatch(given) else ""


def _way_of(environ: WSGIEnvironment, status: int) -> str:
    if environ["PATH_INFO"].startswith("/static/"):
        return "static"
    if STALE in environ:
        return str(environ[STALE])
    return "kept" if PAGE not in environ and status < 400 else "made"


def _write_line(
    environ: WSGIEnvironment, page: str, way: str, answered: Sequence[Any], seconds: float
) -> None:
    """One line of JSON. It has no path and no address: one may open something, the other names somebody."""
    status, headers = answered
    line = {
        "event": "request",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "request": environ[REQUEST_ID],
        "method": environ["REQUEST_METHOD"],
        "page": page,
        "way": way,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "bytes": next((int(size) for name, size in headers if name == "Content-Length"), None),
    }
    standard_error.write(json.dumps(line) + "\n")


def present_id() -> str | None:
    """The id of the request that is served, or that led to the job that runs; None for neither."""
    found: str | None = structlog.contextvars.get_contextvars().get("request")
    return found


def classes(sums: Mapping[str, float], pages: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    """Page, class of status and how many, of those that were ever asked for."""
    for page in pages:
        for each in CLASSES:
            if number := sums[f"{page}:{each}"]:
                yield page, each, number


def durations(
    sums: Mapping[str, float], pages: Iterable[str]
) -> Iterator[tuple[str, list[tuple[str, float]], float]]:
    """Page, how many took at most so long by bound, and seconds altogether, of those that were ever asked for."""
    for page in pages:
        below, buckets = 0.0, []
        for number, bound in enumerate([*map(str, BOUNDS), "+Inf"]):
            below += sums[f"{page}:{number}"]
            buckets.append((bound, below))
        if below:
            yield page, buckets, sums[f"{page}:sum"]
