"""Work that happens after the commit: durable rows with leases.

The row is the truth. It is written in the same transaction as the change that needs it; whoever runs it takes a lease
by one conditional statement, so that two runners never do the same work at once, and a runner that dies loses only its
lease. Handlers are idempotent. A job that keeps failing ends as a *dead letter*, which the admin shows.

Embedded, a thread of the serving process runs what is due (`EmbeddedRunner`). Anything else that runs rows by their
id (a queue's worker on another machine) calls `run_one`.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    ColumnElement,
    Index,
    Select,
    String,
    Text,
    case,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.app_state import app_state
from shop.core.columns import UtcDateTime, created, moment, primary_key
from shop.core.database import rows_changed, upsert
from shop.core.labels import LabelledEnum
from shop.core.masking import masked
from shop.core.unit_of_work import after_commit, unit_of_work
from shop.extensions import Model, db

log = structlog.get_logger(__name__)

KEEP_DONE = timedelta(days=7)
LONGEST_PAUSE = timedelta(hours=6)
LEASE_SECONDS = 60
NOTING_TRIES = 3
LOOK_AHEAD = 10  # a look for due jobs costs as much as a short one


class JobState(LabelledEnum):
    """Where a job is. A leased job is still *waiting*: its lease says who has it and until when."""

    WAITING = "waiting", _l("Waiting")
    DONE = "done", _l("Done")
    DEAD = "dead", _l("Given up")


class Job(Model):
    """One piece of work. `payload` carries ids and plain values, never secrets."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "state", "run_at"),)

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default=JobState.WAITING)
    run_at: Mapped[moment]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None] = mapped_column(Text)
    unique_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    created_at: Mapped[created]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# Raw: the detour for rows that are objects costs more than the rows.
_ADD = insert(Job).execution_options(dml_strategy="raw")


@dataclass(frozen=True, slots=True)
class JobKind:
    """How one kind of job is done.

    Attributes:
        name: `<plugin>.<what it does>`, unique. It is stored with the waiting work: keep it over upgrades.
        handle: gets the payload. With `in_transaction` it returns None; without, it may return a function, which is
            called in the transaction that notes the job as done, to write down what it learned.
        max_attempts: how often it is tried before it is a dead letter.
        lease_seconds: how long it may take, a minute by default; after that another process begins anew, and this one's
            work is undone.
        in_transaction: the handler and the note that it is done are one transaction, so it is done exactly once.
            False for work that talks to the outside (SMTP, a provider): the handler opens short units of its own, and
            may be called again after a kill.
    """

    name: str
    handle: Callable[[dict[str, Any]], Callable[[], None] | None]
    max_attempts: int = 8
    lease_seconds: int = LEASE_SECONDS
    in_transaction: bool = True


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that is done once in each slot of time, in one process, however many there are.

    Attributes:
        name: `<plugin>.<what it does>`, unique.
        every: how long a slot is, in whole seconds. Slots are counted from 1970 in UTC: a day begins at 00:00 UTC.
        handle: does the work.
        in_transaction: as in `JobKind`.
    """

    name: str
    every: timedelta
    handle: Callable[[], None]
    in_transaction: bool = True


class JobRegistry:
    """What an application knows how to do.

    Raises:
        ValueError: two kinds have one name.
    """

    def __init__(self, kinds: Iterable[JobKind] = (), periodic: Iterable[Periodic] = ()) -> None:
        self.kinds: dict[str, JobKind] = {}
        self.periodic: dict[str, Periodic] = {}
        self.at_rest: list[Callable[[], None]] = []
        """Called whenever nothing is left to do: to let go of what was only kept for the next job."""
        self.doorbell = threading.Event()
        for kind in kinds:
            self.add(kind)
        for each in periodic:
            self.add_periodic(each)

    def add(self, kind: JobKind) -> None:
        """Learn a kind. Two of one name are a mistake.

        Raises:
            ValueError: the name is taken.
        """
        if kind.name in self.kinds:
            raise ValueError(f"job kind {kind.name!r} is registered twice")
        self.kinds[kind.name] = kind

    def add_periodic(self, periodic: Periodic) -> None:
        """Learn a periodic job."""
        self.periodic[periodic.name] = periodic
        self.add(
            JobKind(
                name=f"periodic:{periodic.name}",
                handle=lambda _payload: periodic.handle(),
                max_attempts=3,
                in_transaction=periodic.in_transaction,
            )
        )


def job_registry() -> JobRegistry:
    """The job registry of the present application."""
    return app_state().jobs


def enqueue(
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    run_at: datetime | None = None,
    unique_key: str | None = None,
) -> None:
    """Write a job into the present unit of work; it runs after the commit, at `run_at` (UTC) or at once.

    Args:
        kind: the name of a `JobKind`. A job of a kind that nobody knows waits until its plugin is back.
        payload: ids and plain values that JSON can hold, never secrets.
        run_at: not before this moment.
        unique_key: a second job of that key is ignored, for as long as the first is remembered (7 days).

    Raises:
        RuntimeError: outside a unit of work.
    """
    row = _row(kind, payload or {}, run_at=run_at, unique_key=unique_key)
    after_commit(job_registry().doorbell.set)
    if unique_key is None:
        db.session.add(Job(**row))
        return
    db.session.execute(
        upsert(Job).values(**row).on_conflict_do_nothing(index_elements=["unique_key"])
    )


def enqueue_all(work: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Write jobs, each a kind and a payload, into the present unit of work; a thousand by one statement."""
    rows = [_row(kind, payload) for kind, payload in work]
    if not rows:
        return
    after_commit(job_registry().doorbell.set)
    with db.session.no_autoflush:
        db.session.execute(_ADD, rows)


def _row(
    kind: str,
    payload: dict[str, Any],
    *,
    run_at: datetime | None = None,
    unique_key: str | None = None,
) -> dict[str, Any]:
    now = clock.now()
    return {
        "kind": kind,
        "payload": payload,
        "run_at": run_at or now,
        "unique_key": unique_key,
        "state": JobState.WAITING,
        "attempts": 0,
        "created_at": now,
    }


def run_due(limit: int = 100) -> int:
    """Run what is due now, oldest first; the number of jobs run. Stops early when nothing is left."""
    done = 0
    while done < limit:
        waiting = next_due(min(limit - done, LOOK_AHEAD))
        done += sum(run_one(job_id) for job_id in waiting)
        if not waiting:
            for rest in job_registry().at_rest:
                rest()
            break
    return done


def next_due(limit: int = 1) -> Sequence[int]:
    """Ids of jobs that are due and that nobody has, the oldest first. Looking takes no lock."""
    found = db.session.scalars(
        _due().with_only_columns(Job.id).order_by(Job.run_at, Job.id).limit(limit)
    ).all()
    db.session.rollback()
    return found


def _due() -> Select[Job]:
    now = clock.now()
    return select(Job).where(
        Job.state == JobState.WAITING,
        Job.run_at <= now,
        or_(Job.leased_until.is_(None), Job.leased_until < now),
    )


def run_one(job_id: int) -> bool:
    """Lease, do and close one job. False when someone else has it or it is no longer due."""
    lease = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    claimed = _claim(job_id, lease)
    if claimed is None:
        return False
    name, payload, attempts = claimed
    kind = job_registry().kinds.get(name)
    if kind is None:
        # The feature is switched off or its plugin is gone; its work waits until it is back.
        _postpone(job_id, lease, timedelta(hours=1), f"nobody here knows how to do {name!r}")
        return False
    try:
        if kind.in_transaction:
            with unit_of_work():
                kind.handle(payload)
                _close(job_id, lease)
        else:
            _note_as_done(job_id, lease, kind.handle(payload))
    except LeaseLost:
        log.warning("job.lease_lost", job=job_id, kind=name)
        return False
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, its job must be kept
        db.session.rollback()
        _fail(job_id, lease, attempts, kind, error)
        return False
    return True


def _note_as_done(job_id: int, lease: str, learned: Callable[[], None] | None) -> None:
    """Write down what was done outside; a database that is busy is asked again, because the doing can't be undone."""
    for tries_left in reversed(range(NOTING_TRIES)):
        try:
            with unit_of_work():
                if learned is not None:
                    learned()
                _close(job_id, lease)
        except OperationalError:
            if not tries_left:
                raise
        else:
            return


class LeaseLost(Exception):
    """The work took longer than its lease and someone else has it now: what we did is undone."""


def _claim(job_id: int, lease: str) -> tuple[str, dict[str, Any], int] | None:
    now = clock.now()
    with unit_of_work() as session:
        row = session.execute(
            update(Job)
            .where(
                Job.id == job_id,
                Job.state == JobState.WAITING,
                Job.run_at <= now,
                or_(Job.leased_until.is_(None), Job.leased_until < now),
            )
            .values(lease=lease, attempts=Job.attempts + 1, leased_until=_lease_ends(now))
            .returning(Job.kind, Job.payload, Job.attempts)
            .execution_options(synchronize_session=False)
        ).first()
        return None if row is None else (row.kind, row.payload, row.attempts)


def _lease_ends(now: datetime) -> ColumnElement[datetime]:
    ends = {
        kind.name: now + timedelta(seconds=kind.lease_seconds)
        for kind in job_registry().kinds.values()
        if kind.lease_seconds != LEASE_SECONDS
    }
    usual = literal(now + timedelta(seconds=LEASE_SECONDS), UtcDateTime())
    if not ends:
        return usual
    return case(
        {name: literal(end, UtcDateTime()) for name, end in ends.items()},
        value=Job.kind,
        else_=usual,
    )


def _close(job_id: int, lease: str) -> None:
    closed = rows_changed(
        update(Job)
        .where(Job.id == job_id, Job.lease == lease)
        .values(
            state=JobState.DONE, lease=None, leased_until=None, error=None, finished_at=clock.now()
        )
    )
    if closed != 1:
        raise LeaseLost


def _fail(job_id: int, lease: str, attempts: int, kind: JobKind, error: Exception) -> None:
    text = masked("".join(traceback.format_exception(error)))[-4000:]
    log.warning("job.failed", job=job_id, kind=kind.name, attempts=attempts, error=repr(error))
    if attempts < kind.max_attempts:
        _postpone(job_id, lease, pause_after(attempts), text)
        return
    with unit_of_work() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.lease == lease)
            .values(
                state=JobState.DEAD,
                lease=None,
                leased_until=None,
                error=text,
                finished_at=clock.now(),
            )
            .execution_options(synchronize_session=False)
        )


def _postpone(job_id: int, lease: str, pause: timedelta, error: str) -> None:
    with unit_of_work() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.lease == lease)
            .values(run_at=clock.now() + pause, lease=None, leased_until=None, error=error)
            .execution_options(synchronize_session=False)
        )


def pause_after(attempts: int) -> timedelta:
    """Back-off: 5 s, 20 s, 80 s ... at most six hours, with a fifth of jitter so that failures spread out."""
    pause = min(timedelta(seconds=5 * 4 ** (attempts - 1)), LONGEST_PAUSE)
    return pause * random.uniform(0.9, 1.1)  # noqa: S311 - jitter is no secret


def retry(job: Job) -> None:
    """Take a dead letter up again, with all its attempts before it."""
    job.state = JobState.WAITING
    job.attempts = 0
    job.run_at = clock.now()
    job.finished_at = None
    after_commit(job_registry().doorbell.set)


def schedule_periodic() -> None:
    """Write this slot's row for each periodic job, unless someone has."""
    now = clock.now()
    with unit_of_work():
        for periodic in job_registry().periodic.values():
            seconds = int(periodic.every.total_seconds())
            slot = int(now.timestamp()) // seconds * seconds
            enqueue(
                f"periodic:{periodic.name}",
                run_at=datetime.fromtimestamp(slot, UTC),
                unique_key=f"periodic:{periodic.name}:{slot}",
            )


def forget_done() -> None:
    """Delete what was done more than a week ago; dead letters stay until someone decides."""
    db.session.execute(
        delete(Job).where(Job.state == JobState.DONE, Job.finished_at < clock.now() - KEEP_DONE)
    )


HOUSEKEEPING = Periodic(name="jobs.forget_done", every=timedelta(days=1), handle=forget_done)


class EmbeddedRunner:
    """A thread of the serving process that runs due jobs: woken by a commit in this process, else once a second."""

    def __init__(
        self, app: Flask, *, poll_seconds: float = 1.0, tick_seconds: float = 20.0
    ) -> None:
        self._app = app
        self._poll = poll_seconds
        self._tick = timedelta(seconds=tick_seconds)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shop-jobs", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Finish the job in hand and end."""
        self._stopping.set()
        with self._app.app_context():
            job_registry().doorbell.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        next_tick = datetime.min.replace(tzinfo=UTC)
        while not self._stopping.is_set():
            with self._app.app_context():
                doorbell = job_registry().doorbell
                doorbell.clear()
                try:
                    if clock.now() >= next_tick:
                        schedule_periodic()
                        next_tick = clock.now() + self._tick
                    while not self._stopping.is_set() and run_due(limit=20):
                        pass
                except SQLAlchemyError as error:
                    # The database is away; its rows will still be there.
                    log.warning("jobs.database_away", error=repr(error))
            doorbell.wait(self._poll)
