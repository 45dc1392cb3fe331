"""Calls that nobody knows to be quick: made in a thread of their own, so that a page can go on without the answer.

No thread can be ended from outside in Python. So the page waits for a moment only, and what has not answered by then
is left behind; until it is over, no other page of this process asks the same part. The thread has an application
context, a session and a connection of its own, and sees the request of the page.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import Flask, current_app, g

from shop.core.app_state import app_state
from shop.extensions import Base

T = TypeVar("T")

PATIENCE = 0.25
"""Seconds that a page waits for a part that is not known to be quick."""
LONGER_PATIENCE: Mapping[str, float] = {
    "article_gates": 3.0,
    "feed_sources": 3.0,
    "sitemaps": 3.0,
    "personal_data": 10.0,
}
"""For parts of these hooks: what they gather may be much, and without a gate's answer nobody is let in."""
UNHURRIED = 100.0


def wait_as_long_as_it_takes() -> None:
    """For tests, from now on: on a busy machine what is well may take longer than a page should wait."""
    global PATIENCE
    PATIENCE = UNHURRIED


def patience(hook: str) -> float:
    """Seconds that somebody waits for a part of this hook that is not known to be quick."""
    return max(PATIENCE, LONGER_PATIENCE.get(hook, 0.0))


class NoAnswerYet(Exception):
    """It has not answered within a moment, or still works for a page that did not wait."""


class LeftBehind(Counter[object]):
    """How many calls of each part go on in this process although nobody waits for them. One for each application."""

    lock = threading.Lock()


@dataclass(slots=True)
class _Call(Generic[T]):
    """A call under way, and what came of it. `lent` is what the page keeps in `g`."""

    make: Callable[[], T]
    lent: dict[str, Any]
    over: threading.Event = field(default_factory=threading.Event)
    is_left: bool = False
    answer: T | None = None
    error: BaseException | None = None

    def run(self, app: Flask) -> None:
        with app.app_context():
            vars(g).update(self.lent)
            try:
                self.answer = self.make()
            except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
                self.error = error
            self.lent = _plain(vars(g))


def answered_soon(
    part: object, make: Callable[[], T], *, seconds: float, too_late: Callable[[float], None]
) -> T:
    """What `make` returns, unless that takes longer than so many seconds.

    Args:
        part: whose call it is: while one is left behind, nobody is asked.
        make: called in a thread of its own; may read the request, and the database through a session of its own.
        too_late: told in that thread how many seconds the call took in the end, when nobody waited for it.

    Raises:
        NoAnswerYet: it takes longer, or a call of it is left behind.
    """
    left = app_state().part(LeftBehind, LeftBehind)
    if left[part]:
        raise NoAnswerYet(f"a call that took longer than {seconds:g} seconds still goes on")
    call = _Call(make, _plain(vars(g)))
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run,
        args=(_see_through, app, call, part, too_late),
        name="shop-plugin-call",
        daemon=True,
    ).start()
    call.over.wait(seconds)
    with left.lock:
        if not call.over.is_set():
            call.is_left = True
            left[part] += 1
            raise NoAnswerYet(f"it did not answer within {seconds:g} seconds")
    if call.error is not None:
        raise call.error
    vars(g).update(call.lent)
    return call.answer  # type: ignore[return-value]  # it is over, and raised nothing


def _see_through(
    app: Flask, call: _Call[T], part: object, too_late: Callable[[float], None]
) -> None:
    began = time.perf_counter()
    call.run(app)
    with app.app_context():
        left = app_state().part(LeftBehind, LeftBehind)
        with left.lock:
            call.over.set()
            left[part] -= call.is_left
        if call.is_left:
            too_late(time.perf_counter() - began)


def _plain(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What a page keeps in `g`, without rows: those belong to its session."""
    return {name: copy(value) for name, value in kept.items() if not isinstance(value, Base)}
