"""Work that happens after the commit: durable rows in lanes.

The row is the truth. It is written in the same transaction as the change that needs it, and says in which *lane* it
waits and how long it may take. Handlers are idempotent. A job that keeps failing ends as a *dead letter*, which the
admin shows. How rows are claimed and run stands in `shop.core.jobs.running`, the threads that do so in
`shop.core.jobs.runner`.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, Index, String, Text, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock, settings
from shop.core.app_state import app_state
from shop.core.database import say_at_commit, upsert
from shop.core.database.columns import UtcDateTime, created, moment, primary_key
from shop.core.labels import LabelledEnum
from shop.core.observing.request_watch import present_id
from shop.core.retention import RetentionSettings
from shop.core.unit_of_work import after_commit, unit_of_work
from shop.extensions import Model, db

FORGOTTEN_AT_ONCE = 5_000
USUAL_SECONDS = 60


class Lane(LabelledEnum):
    """Where a job waits. Lanes have threads of their own, so that no lane waits for another: a mail server or a plugin
    that hangs holds up its own lane alone.
    """

    MONEY = "money", _l("Orders and payments")
    MAIL = "mail", _l("Sending emails")
    USUAL = "usual", _l("Everyday work")
    PLUGINS = "plugins", _l("Plugins")
    SLOW = "slow", _l("Slow work")


SECONDS = {Lane.SLOW: 300}
"""How long a job may take, by its lane; in the others a minute."""

SECONDS_OF_PLUGINS = 4
"""How long a plugin may take inside a transaction: less than the five seconds for which SQLite's other writers wait."""


class JobState(LabelledEnum):
    """Where a job is. A leased job is still *waiting*: its lease says who has it and until when."""

    WAITING = "waiting", _l("Waiting")
    DONE = "done", _l("Done")
    DEAD = "dead", _l("Given up")


class Job(Model):
    """One piece of work. `payload` carries ids and plain values, never secrets; `deadline` is how many seconds it may
    take.

    What version N+1 adds has a default in the database, so that version N can still write rows.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "state", "lane", "run_at"),)

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    lane: Mapped[str] = mapped_column(String(10), server_default=Lane.USUAL)
    deadline: Mapped[int] = mapped_column(server_default=str(USUAL_SECONDS))
    state: Mapped[str] = mapped_column(String(10), default=JobState.WAITING)
    run_at: Mapped[moment]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None] = mapped_column(Text)
    unique_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    created_at: Mapped[created]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request_id: Mapped[str | None] = mapped_column(String(64))
    """Which request led to it, straight or by way of other jobs."""


CHANNEL = "shop_jobs"
"""The channel on which PostgreSQL tells other processes that a lane has work."""

_NOTIFY = "SELECT pg_notify(%(channel)s, %(lane)s)"

_ADD = insert(Job)


class OutOfDate(Exception):
    """What a job made before its transaction does not fit what it found there: it makes it anew, at once."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """How one kind of job is done.

    Attributes:
        name: `<plugin>.<what it does>`, unique. It is stored with the waiting work: keep it over upgrades.
        handle: gets the payload. It may return a function, which is called in the transaction that notes the job as
            done, to write down what it learned or made. That raises `OutOfDate` where it does not fit any more.
            Anything else that it returns means nothing.
        max_attempts: how often it is tried before it is a dead letter.
        lease_seconds: how long it may take; by default a minute, and five in the lane for slow work. A plugin's job
            that is `in_transaction` has 4 seconds, because with SQLite nobody else can write meanwhile. After that
            its work is undone, and it counts as failed.
        in_transaction: the handler and the note that it is done are one transaction, so it is done exactly once.
            False for work that talks to the outside (SMTP, a provider) or draws something, such as a mail: with SQLite
            nobody else can write during a transaction. Then the handler reads, and what it returns writes, exactly
            once; where it opens units of its own, these may be repeated after a kill.
        lane: where its jobs wait; by default in the lane of the feature. Those of a plugin always wait in the lane for
            plugins.
        waits_for_disk: False for work that is not `in_transaction` and does little harm when it is done again. Then
            the note that it is done does not wait for the disk: a power cut, or the death of a PostgreSQL server, may
            undo it, until something is committed that waits.
    """

    name: str
    handle: Callable[[dict[str, Any]], Callable[[], None] | None]
    max_attempts: int = 8
    lease_seconds: int | None = None
    in_transaction: bool = True
    lane: Lane | None = None
    waits_for_disk: bool = True

    @property
    def deadline(self) -> int:
        """How many seconds it may take."""
        if self.lease_seconds is not None:
            return self.lease_seconds
        if self.lane is Lane.PLUGINS and self.in_transaction:
            return SECONDS_OF_PLUGINS
        return SECONDS.get(self.lane or Lane.USUAL, USUAL_SECONDS)


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that is done once in each slot of time, in one process, however many there are.

    Attributes:
        name: `<plugin>.<what it does>`, unique.
        every: how long a slot is, in whole seconds. Slots are counted from 1970 in UTC: a day begins at 00:00 UTC.
        handle: does the work; it may return a function, as in `JobKind`.
        in_transaction: as in `JobKind`.
        lane: as in `JobKind`.
    """

    name: str
    every: timedelta
    handle: Callable[[], Callable[[], None] | None]
    in_transaction: bool = True
    lane: Lane | None = None


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
        self.is_off: Callable[[str], bool] = lambda _kind: False
        """Whether the plugin of a kind is switched off: its jobs wait until it is back."""
        self.wake_ups = {lane: threading.Event() for lane in Lane}
        """What wakes the threads of each lane, in this process."""
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
                lane=periodic.lane,
            )
        )

    def place_of(self, kind: str) -> tuple[Lane, int]:
        """In which lane a job of this kind waits, and how many seconds it may take."""
        known = self.kinds.get(kind)
        return (known.lane or Lane.USUAL, known.deadline) if known else (Lane.USUAL, USUAL_SECONDS)


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
    ring_after_commit(row["lane"])
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
    ring_after_commit(*{row["lane"] for row in rows})
    # Not by the session, whose detour for rows that are objects costs more than the rows.
    db.session.connection().execute(_ADD, rows)


def ring_after_commit(*lanes: str) -> None:
    """Wake the threads of lanes once the present unit of work has been committed, in other processes too."""
    for lane in lanes:
        is_new = after_commit(job_registry().wake_ups[Lane(lane)].set)
        if is_new and db.engine.dialect.name == "postgresql":
            say_at_commit(_NOTIFY, {"channel": CHANNEL, "lane": str(lane)})


def _row(
    kind: str,
    payload: dict[str, Any],
    *,
    run_at: datetime | None = None,
    unique_key: str | None = None,
) -> dict[str, Any]:
    now = clock.now()
    lane, deadline = job_registry().place_of(kind)
    return {
        "kind": kind,
        "payload": payload,
        "lane": lane,
        "deadline": deadline,
        "run_at": run_at or now,
        "unique_key": unique_key,
        "state": JobState.WAITING,
        "attempts": 0,
        "created_at": now,
        "request_id": present_id(),
    }


def retry(job: Job) -> None:
    """Take a dead letter up again, with all its attempts before it."""
    job.state = JobState.WAITING
    job.attempts = 0
    job.run_at = clock.now()
    job.finished_at = None
    ring_after_commit(job.lane)


def schedule_periodic() -> None:
    """Write this slot's row for each periodic job, unless someone has."""
    now = clock.now()
    known = job_registry()
    wanted = [each for each in known.periodic.values() if not known.is_off(f"periodic:{each.name}")]
    with unit_of_work():
        for periodic in wanted:
            seconds = int(periodic.every.total_seconds())
            slot = int(now.timestamp()) // seconds * seconds
            enqueue(
                f"periodic:{periodic.name}",
                run_at=datetime.fromtimestamp(slot, UTC),
                unique_key=f"periodic:{periodic.name}:{slot}",
            )


def forget_done() -> None:
    """Delete some of what was done long ago; dead letters stay until someone decides."""
    days = settings.current(RetentionSettings).done_job_days
    old = select(Job.id).where(
        Job.state == JobState.DONE, Job.finished_at < clock.now() - timedelta(days=days)
    )
    db.session.execute(
        delete(Job)
        .where(Job.id.in_(old.limit(FORGOTTEN_AT_ONCE)))
        .execution_options(synchronize_session=False)
    )


HOUSEKEEPING = Periodic(
    name="jobs.forget_done", every=timedelta(minutes=10), handle=forget_done, lane=Lane.SLOW
)
