"""The threads that run jobs: some for each lane, and one that looks after them.

A lane's threads are woken by a commit in this process, with PostgreSQL by one in any other (`NOTIFY`), else by the one
that looks once a second. A job that is past its deadline is taken from its thread: what it wrote is undone, it counts
as failed, and the lane goes on in a new thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from shop.core import clock, database
from shop.core.jobs import CHANNEL, Lane, job_registry, schedule_periodic
from shop.core.jobs.running import (
    AT_ONCE,
    BATCH_SECONDS,
    ClaimedJob,
    claim_jobs,
    lanes_with_work,
    note_failure,
    rest,
    return_jobs,
    run,
)
from shop.core.jobs.setting_back import ClockWatch, let_nothing_wait
from shop.extensions import db

log = structlog.get_logger(__name__)

THREADS: Mapping[Lane, int] = {Lane.MONEY: 2}
"""How many a lane has in a process that also serves pages; one in the others."""
CONNECT_SECONDS = 3
STOPS_WITHIN = 0.5
MOST_STUCK = 5
"""A lane with so many stuck threads gets no new one: something is wrong that more of them would not mend."""


class TookTooLong(Exception):
    """The job was not done within its deadline."""


@dataclass(frozen=True, slots=True)
class _Hand:
    """What a thread has in hand: a job, those that it has claimed besides, and when it began (by `clock.timer`)."""

    job: ClaimedJob
    others: Sequence[ClaimedJob]
    since: float

    @property
    def is_late(self) -> bool:
        return clock.timer() - self.since > self.job.deadline


class _LaneThread(threading.Thread):
    """Runs the jobs of one lane, until it is told to stop or got stuck."""

    def __init__(self, app: Flask, lane: Lane, stopping: threading.Event) -> None:
        super().__init__(name=f"shop-jobs-{lane.value}", daemon=True)
        self._app = app
        self.lane = lane
        self._stopping = stopping
        self._lock = threading.Lock()
        self._hand: _Hand | None = None
        self.is_stuck = False

    def run(self) -> None:
        with self._app.app_context():
            wake_up = job_registry().wake_ups[self.lane]
        while not self._is_over():
            wake_up.wait()
            wake_up.clear()
            with self._app.app_context():
                self._work()

    def _work(self) -> None:
        try:
            while not self._is_over() and (
                batch := claim_jobs([self.lane], AT_ONCE.get(self.lane, 1))
            ):
                self._run(batch)
            rest()
        except SQLAlchemyError as error:
            # The database is away; its rows will still be there.
            log.warning("jobs.database_away", lane=self.lane.value, error=repr(error))
        except Exception:
            log.exception("jobs.lane_stumbled", lane=self.lane.value)

    def _run(self, batch: Sequence[ClaimedJob]) -> None:
        ends = clock.timer() + BATCH_SECONDS
        for number, job in enumerate(batch):
            if number and (self._stopping.is_set() or clock.timer() > ends):
                return_jobs(batch[number:])
                return
            if not self._take(_Hand(job, batch[number + 1 :], clock.timer())):
                return
            run(job)
        self._take(None)

    def _take(self, hand: _Hand | None) -> bool:
        with self._lock:
            self._hand = hand
            return not self.is_stuck

    def late_hand(self) -> _Hand | None:
        """What it has been at for too long; from then on it is stuck, and takes nothing more."""
        with self._lock:
            if self.is_stuck or self._hand is None or not self._hand.is_late:
                return None
            self.is_stuck = True
            return self._hand

    def _is_over(self) -> bool:
        return self.is_stuck or self._stopping.is_set()


class _Notifications:
    """Says when another process has written jobs, where PostgreSQL notifies us; else it only waits."""

    def __init__(self, engine: Engine, stopping: threading.Event) -> None:
        self._engine = engine
        self._stopping = stopping
        self._connection: Any = None

    def wait(self, seconds: float) -> set[Lane]:
        """The lanes that have work; after `seconds` none."""
        if self._engine.dialect.name != "postgresql":
            self._stopping.wait(seconds)
            return set()
        try:
            return self._notified(seconds)
        except Exception as error:  # noqa: BLE001 - the driver's own, whatever became of the connection
            log.info("jobs.connection_lost", error=repr(error))
            self.close()
            self._stopping.wait(seconds)
            return set()

    def _notified(self, seconds: float) -> set[Lane]:
        if self._connection is None:
            arguments, named = self._engine.dialect.create_connect_args(self._engine.url)
            self._connection = self._engine.dialect.loaded_dbapi.connect(
                *arguments, **{**named, "connect_timeout": CONNECT_SECONDS}, autocommit=True
            )
            self._connection.execute(f"LISTEN {CHANNEL}")
            return set(Lane)  # what was written before we listened
        came = self._connection.notifies(timeout=min(seconds, STOPS_WITHIN), stop_after=1)
        return {Lane(each.payload) for each in came if each.payload in _NAMES}

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


_NAMES = frozenset(Lane)


class EmbeddedRunner:
    """Runs jobs in threads of this process: beside the pages of `shop run`, or as all that `shop worker` does.

    Args:
        app: whose jobs.
        lanes: which ones.
        threads: how many each lane has; by default as `THREADS` says.
        poll_seconds: how often it looks for work that another process wrote, and for jobs that take too long.
        tick_seconds: how often it writes down periodic work.
        prepare: called in its own thread before the first job.
    """

    def __init__(
        self,
        app: Flask,
        *,
        lanes: Collection[Lane] = tuple(Lane),
        threads: int | None = None,
        poll_seconds: float = 1.0,
        tick_seconds: float = 20.0,
        prepare: Callable[[Flask], None] = lambda _app: None,
    ) -> None:
        self._app = app
        self._wanted = {lane: threads or THREADS.get(lane, 1) for lane in lanes}
        self._poll = poll_seconds
        self._tick = tick_seconds
        self._prepare = prepare
        self._stopping = threading.Event()
        self._threads: list[_LaneThread] = []
        self._watcher = threading.Thread(target=self._watch, name="shop-jobs", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._watcher.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Finish the jobs in hand and end; what takes longer than `timeout` seconds is left to its lease."""
        ends = clock.timer() + timeout
        self._stopping.set()
        self._watcher.join(timeout)
        self._wake(self._wanted)
        for thread in self._threads:
            thread.join(max(0.0, ends - clock.timer()))

    def _watch(self) -> None:
        try:
            self._prepare(self._app)
        except Exception:  # jobs go on without it
            log.exception("jobs.not_prepared")
        with self._app.app_context():
            notifications = _Notifications(db.engine, self._stopping)
        next_look = next_tick = 0.0
        clock_watch = ClockWatch()
        while not self._stopping.is_set():
            now = clock.timer()
            if now >= next_tick:
                if clock_watch.was_set_back():
                    self._trying(let_nothing_wait)
                self._trying(schedule_periodic)
                next_tick = now + self._tick
            if now >= next_look:
                self._keep_lanes_manned()
                self._trying(self._look)
                next_look = now + self._poll
            self._wake(notifications.wait(self._poll))
        notifications.close()

    def _trying(self, act: Callable[[], object]) -> None:
        try:
            with self._app.app_context():
                act()
        except SQLAlchemyError as error:
            log.warning("jobs.database_away", error=repr(error))

    def _look(self) -> None:
        self._wake(lanes_with_work(tuple(self._wanted)))
        self._end_late_jobs()

    def _keep_lanes_manned(self) -> None:
        self._threads = [each for each in self._threads if each.is_alive()]
        for lane, wanted in self._wanted.items():
            stuck = [each.is_stuck for each in self._threads if each.lane is lane]
            missing = wanted - stuck.count(False) if stuck.count(True) < MOST_STUCK else 0
            for _ in range(missing):
                thread = _LaneThread(self._app, lane, self._stopping)
                thread.start()
                self._threads.append(thread)

    def _wake(self, lanes: Collection[Lane]) -> None:
        with self._app.app_context():
            wake_ups = job_registry().wake_ups
        for lane in lanes:
            if lane in self._wanted:
                wake_ups[lane].set()

    def _end_late_jobs(self) -> None:
        for thread in self._threads:
            hand = thread.late_hand()
            if hand is None:
                continue
            database.end_transaction_of(thread.ident)
            return_jobs(hand.others)
            note_failure(
                hand.job, TookTooLong(f"it was not done within {hand.job.deadline} seconds")
            )
