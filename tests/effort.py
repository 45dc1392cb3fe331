"""How much work something takes, on a machine of any speed that others may be using too."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from shop.extensions import db

TENTH_OF_A_SECOND = 25.0
"""About what a loop takes a hundred milliseconds for on a machine of 2026, in the unit of `effort`."""


def effort(action: Callable[[], object], within: float = TENTH_OF_A_SECOND) -> float:
    """The processor's time for an action, in times of a plain loop measured beside it; the best of three.

    Seconds would say how busy the machine is. Stops early once the action was `within` the limit.
    """
    best = float("inf")
    for _ in range(3):
        best = min(best, _seconds(action) / _seconds(lambda: sum(range(200_000))))
        if best < within:
            break
    return best


def calls_of(action: Callable[[], object]) -> int:
    """How many functions an action calls, those of C too: the same number on a machine of any speed."""
    count = 0

    def note(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that this thread sends meanwhile; where a transaction begins or ends is none."""
    sent: list[str] = []
    own = threading.get_ident()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if threading.get_ident() == own and not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _seconds(action: Callable[[], object]) -> float:
    began = time.thread_time()
    action()
    return time.thread_time() - began
