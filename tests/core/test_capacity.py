"""Readers always find a thread: those who make others wait hold a limited number of them."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from shop.core.web.limits import capacity
from shop.core.web.limits.capacity import ThreadLimits, WorkLimit

FORM = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "4"}


class Caller:
    """Calls a WSGI application, and remembers the status."""

    def __init__(self, app) -> None:
        self._app = app

    def ask(self, path="/", **environ) -> str:
        told = []
        asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "REMOTE_ADDR": "192.0.2.1", **environ}
        parts = self._app(asked, lambda status, _headers, _error=None: told.append(status))
        if isinstance(parts, list):
            b"".join(parts)
        return told[-1][:3]

    def held(self, number: int, **environ) -> list[threading.Thread]:
        threads = [
            threading.Thread(target=self.ask, kwargs=environ, daemon=True) for _ in range(number)
        ]
        for thread in threads:
            thread.start()
        return threads


@pytest.fixture
def go_on():
    event = threading.Event()
    yield event
    event.set()


def reached(number: int) -> tuple[Callable[[], None], threading.Event]:
    """Something to call, and what is set once it was called so often."""
    enough, left = threading.Event(), [number]

    def call() -> None:
        left[0] -= 1
        if not left[0]:
            enough.set()

    return call, enough


def test_whoever_comes_beyond_the_line_is_sent_away_and_the_probe_is_answered(go_on, monkeypatch):
    monkeypatch.setattr(capacity, "LINE_SECONDS", 0.05)
    begun, all_busy = reached(capacity.WORKED_ON)

    def work(environ, start_response):
        if environ["PATH_INFO"] != "/healthz":
            begun()
            go_on.wait(60)
        start_response("200 OK", [])
        return [b""]

    noted: Counter[str] = Counter()
    caller = Caller(WorkLimit(work, lambda kind, change: noted.update({kind: change})))
    busy = caller.held(capacity.WORKED_ON)
    assert all_busy.wait(60)
    assert caller.ask("/cart") == "503"
    assert noted == {"work": capacity.WORKED_ON, "line": 0, capacity.REFUSED: 1}
    assert caller.ask("/healthz") == "200"
    go_on.set()
    for thread in busy:
        thread.join(60)
    assert caller.ask("/cart") == "200"
    assert noted["work"] == 0


@pytest.fixture
def slow_bodies(go_on):
    """Whoever sends forms, as many of one address being read and not ended as may be."""
    begun, all_reading = reached(capacity.BODIES_OF_ONE)

    class Slow:
        def read(self, _size):
            begun()
            go_on.wait(60)
            return b""

    def work(environ, start_response):
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    caller = Caller(ThreadLimits(work))
    caller.held(capacity.BODIES_OF_ONE, **FORM, **{"wsgi.input": Slow()})
    assert all_reading.wait(60)
    return caller


def test_slow_bodies_of_one_address_keep_no_other_from_sending(slow_bodies, monkeypatch):
    monkeypatch.setattr(capacity, "LINE_SECONDS", 0.05)
    quick = {"wsgi.input": io.BytesIO(b"a=b")}
    assert slow_bodies.ask(**FORM, **quick) == "503"
    assert slow_bodies.ask(**FORM, **quick, REMOTE_ADDR="192.0.2.2") == "200"


def test_many_forms_at_once_from_one_address_wait_for_each_other(slow_bodies, go_on):
    told: list[str] = []
    others = [
        threading.Thread(
            target=lambda: told.append(slow_bodies.ask(**FORM, **{"wsgi.input": io.BytesIO(b"a")}))
        )
        for _ in range(capacity.BODIES_IN_LINE)
    ]
    for each in others:
        each.start()
    go_on.set()
    for each in others:
        each.join(60)
    assert told == ["200"] * capacity.BODIES_IN_LINE


def test_whoever_comes_beyond_the_line_of_forms_is_sent_away(slow_bodies, monkeypatch):
    monkeypatch.setattr(capacity, "BODIES_IN_LINE", 0)
    monkeypatch.setattr(capacity, "LINE_SECONDS", 3_600)
    assert slow_bodies.ask(**FORM, **{"wsgi.input": io.BytesIO(b"a")}) == "503"


def test_a_body_without_a_length_is_read_up_to_a_limit():
    caller = Caller(ThreadLimits(lambda *_given: pytest.fail("this was worked on")))
    large = io.BytesIO(b"x" * (capacity.LARGEST_READ_AHEAD + 10))
    form = {"REQUEST_METHOD": "POST", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": large}
    assert caller.ask(**form) == "413"
