"""What the processes of a host count: requests, work for the database, slots of plugins, jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from shop.core.app_state import app_state
from shop.core.observing import request_watch
from shop.core.observing.meters import FOLDER, Meters
from shop.core.web.limits import capacity

CONNECTIONS = "connections"
STATEMENTS, STATEMENT_SECONDS = "statements", "statements:seconds"
SERVING = "serving"
PLACE = "place:"
LEVELS = (
    request_watch.BUSY,
    CONNECTIONS,
    SERVING,
    *(f"{PLACE}{kind}" for kind in capacity.PLACES),
)
_BEGAN = "shop_began"
_TIMED = ("seconds", "done", "failed")
"""The counters of a slot or a job, one after the other."""
_DONE, _FAILED = 1, 2

T = TypeVar("T")


class HostFigures:
    """The counters of one application, shared by its processes.

    Args:
        data_dir: where they lie.
        pages: the endpoints that Flask knows.
        slots: the templates that plugins draw into pages.
        jobs: the kinds of jobs.
    """

    def __init__(
        self, data_dir: Path, *, pages: Iterable[str], slots: Iterable[str], jobs: Iterable[str]
    ) -> None:
        self.pages, self.slots, self.jobs = sorted(pages), sorted(slots), sorted(jobs)
        names = [STATEMENTS, STATEMENT_SECONDS, capacity.REFUSED]
        names += request_watch.names_of(self.pages)
        for kind, each in (
            *(("slot", slot) for slot in self.slots),
            *(("job", job) for job in self.jobs),
        ):
            names += [f"{kind}:{each}:{what}" for what in _TIMED]
        self.meters = Meters(data_dir / FOLDER, names, LEVELS)
        self._timed = {
            (kind, name): self.meters.index[f"{kind}:{name}:{_TIMED[0]}"]
            for kind, each in (("slot", self.slots), ("job", self.jobs))
            for name in each
        }
        self.span: Callable[[str], AbstractContextManager[Any]] | None = None
        """What is made around each slot and job: a span, where traces are wanted (`shop.core.observing.traces`)."""
        self.requests = request_watch.RequestFigures(self.meters, self.pages)

    def begin_to_serve(self) -> None:
        """This process serves visitors from now on, so its places count."""
        self._add(SERVING, 1)

    def note_place(self, kind: str, change: int) -> None:
        """Count what `capacity` tells."""
        self._add(capacity.REFUSED if kind == capacity.REFUSED else f"{PLACE}{kind}", change)

    def watch(self, engine: Engine) -> None:
        """Count the connections that are in use, and what statements take."""
        event.listen(engine, "checkout", lambda *_: self._add(CONNECTIONS, 1))
        event.listen(engine, "checkin", lambda *_: self._add(CONNECTIONS, -1))
        event.listen(engine, "before_cursor_execute", _note_beginning)
        event.listen(engine, "after_cursor_execute", self._note_statement)

    def timed(self, kind: str, name: str, act: Callable[[], T]) -> T:
        """What `act` returns. Counts how long it takes, and whether it fails: `slot` or `job`, and its name."""
        first = self._timed.get((kind, name))
        end = _FAILED
        began = time.perf_counter()
        try:
            if self.span is None:
                answer = act()
            else:
                with self.span(f"{kind} {name}"):
                    answer = act()
            end = _DONE
            return answer
        finally:
            if first is not None:  # else it came after the names were written down
                self.meters.add((first, time.perf_counter() - began), (first + end, 1))

    def sums(self) -> Mapping[str, float]:
        """Each counter, of all processes together; of requests to others, without those of the last second."""
        self.requests.put_down()
        return self.meters.sums()

    def _note_statement(
        self,
        _connection: Connection,
        _cursor: Any,
        _sent: str,
        _values: Any,
        execution: Any,
        _many: bool,
    ) -> None:
        index = self.meters.index
        seconds = time.perf_counter() - getattr(execution, _BEGAN)
        self.meters.add((index[STATEMENTS], 1), (index[STATEMENT_SECONDS], seconds))

    def _add(self, name: str, amount: float) -> None:
        number = self.meters.index.get(name)
        if number is not None:
            self.meters.add((number, amount))


def _note_beginning(
    _connection: Connection, _cursor: Any, _sent: str, _values: Any, execution: Any, _many: bool
) -> None:
    setattr(execution, _BEGAN, time.perf_counter())


def host_figures() -> HostFigures:
    """Those of the present application."""
    return app_state().part(HostFigures)
