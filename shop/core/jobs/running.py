"""How jobs are run: claimed by one statement, done, and noted as done, put off or given up.

Whoever claims a row gets a lease on it, so that no two do the same work at once, and a runner that dies loses only its
lease. Of several that claim at once each gets other rows: PostgreSQL skips those that another is claiming, and SQLite
lets one write at a time.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import OperationalError
from structlog.contextvars import bound_contextvars

from shop.core import clock
from shop.core.database.columns import UtcDateTime
from shop.core.errors import ends_process
from shop.core.jobs import Job, JobKind, JobState, Lane, OutOfDate, job_registry
from shop.core.observing.figures import host_figures
from shop.core.observing.masking import story_of, words_of
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

log = structlog.get_logger(__name__)

LONGEST_PAUSE = timedelta(hours=6)
UNKNOWN_PAUSES = timedelta(minutes=1), timedelta(hours=1)
"""The shortest and the longest pause of a job that nobody here knows."""
NOTING_TRIES = 3
MAKING_TRIES = 3
AT_ONCE = {Lane.MAIL: 10}
"""How many jobs of a lane one claim takes; one in the others. After a kill all of them wait for the lease's end."""
BATCH_SECONDS = 5.0
"""After so long the rest of a claim goes back to the lane: others may have the time."""
_CLOSE = (
    update(Job)
    .where(Job.id == bindparam("job_id"), Job.lease == bindparam("held"))
    .values(
        state=JobState.DONE,
        lease=None,
        leased_until=None,
        error=None,
        finished_at=bindparam("now"),
    )
    .returning(Job.id)
)


class LeaseLost(Exception):
    """The work took longer than its lease and someone else has it now: what we did is undone."""


class NeverCameBack(Exception):
    """Each attempt ended with the process that made it, or took longer than its lease."""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that is ours until its lease ends. `attempts` counts this one; `deadline` is in seconds."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int
    deadline: int
    created_at: datetime
    lease: str
    request_id: str | None = None


def run_due(limit: int = 100, lanes: Collection[Lane] = tuple(Lane)) -> int:
    """Run what is due in these lanes, oldest first; how many jobs were done. Stops early when nothing is left."""
    done = 0
    while done < limit:
        batch = claim_jobs(lanes, min(limit - done, 10))
        if not batch:
            rest()
            break
        done += sum(run(job) for job in batch)
    return done


def rest() -> None:
    """Let go of what was only kept for the next job."""
    for each in job_registry().at_rest:
        each()


def lanes_with_work(lanes: Collection[Lane]) -> Sequence[Lane]:
    """In which of these lanes a job is due that nobody has. Looking takes no lock.

    The first of each lane is asked for in its order, so that the index is read: whether there is any, PostgreSQL may
    find out by reading the table, when it thinks that one will come soon.
    """
    now = clock.now()
    first = {
        lane: select(Job.id).where(*_is_due([lane], now)).order_by(Job.run_at).limit(1)
        for lane in lanes
    }
    found = db.session.scalars(
        union_all(
            *(
                select(literal(lane.value)).where(due.scalar_subquery().is_not(None))
                for lane, due in first.items()
            )
        )
    ).all()
    db.session.rollback()
    return [Lane(each) for each in found]


def claim_jobs(lanes: Collection[Lane], limit: int = 1) -> Sequence[ClaimedJob]:
    """Take the jobs of these lanes that have been due for the longest; none when nothing is left."""
    due = (
        select(Job.id)
        .where(*_is_due(lanes, clock.now()))
        .order_by(Job.run_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return _leased(Job.id.in_(select(due.c.id)), limit)


def claim_job(job_id: int) -> ClaimedJob | None:
    """Take this job; None when someone else has it or it is not due."""
    taken = _leased(and_(Job.id == job_id, *_is_due(tuple(Lane), clock.now())), 1)
    return taken[0] if taken else None


def _is_due(lanes: Collection[Lane], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Job.state == JobState.WAITING,
        Job.lane.in_([lane.value for lane in lanes]),
        Job.run_at <= now,
        or_(Job.leased_until.is_(None), Job.leased_until < now),
    )


def _leased(which: ColumnElement[bool], limit: int) -> Sequence[ClaimedJob]:
    lease = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    with unit_of_work() as session:
        rows = session.execute(
            update(Job)
            .where(which)
            .values(
                lease=lease,
                attempts=Job.attempts + 1,
                leased_until=_lease_ends(spare=BATCH_SECONDS if limit > 1 else 0.0),
            )
            .returning(
                Job.id,
                Job.kind,
                Job.payload,
                Job.attempts,
                Job.deadline,
                Job.created_at,
                Job.run_at,
                Job.request_id,
            )
            .execution_options(synchronize_session=False)
        ).all()
    return [
        ClaimedJob(
            row.id,
            row.kind,
            row.payload,
            row.attempts,
            row.deadline,
            row.created_at,
            lease,
            row.request_id,
        )
        for row in sorted(rows, key=lambda row: (row.run_at, row.id))
    ]


def _lease_ends(spare: float) -> ColumnElement[datetime]:
    """When a lease ends, by the row's deadline. A deadline that no kind here has ends as the longest of them."""
    now = clock.now()
    ends = {
        seconds: literal(now + timedelta(seconds=seconds + spare), UtcDateTime())
        for seconds in sorted({kind.deadline for kind in job_registry().kinds.values()} | {60})
    }
    return case(ends, value=Job.deadline, else_=list(ends.values())[-1])


def run(job: ClaimedJob) -> bool:
    """Do a job that was claimed, and close it; whether it is done. Lines in the log say which request led to it."""
    with bound_contextvars(job=job.id, request=job.request_id):
        return _run(job)


def _run(job: ClaimedJob) -> bool:
    kind = job_registry().kinds.get(job.kind)
    if kind is None or job_registry().is_off(job.kind):
        # The feature is switched off, its plugin is gone, or a newer version has put it aside; it waits until somebody
        # knows it, untried. In the middle of an upgrade that is soon, so what is new is asked about often.
        shortest, longest = UNKNOWN_PAUSES
        _postpone(
            job,
            min(max(clock.now() - job.created_at, shortest), longest),
            f"nobody here knows how to do {job.kind!r}",
            attempts=job.attempts - 1,
        )
        return False
    if job.attempts > kind.max_attempts:
        note_failure(job, NeverCameBack())
        return False
    try:
        host_figures().timed("job", job.kind, partial(_do, job, kind))
    except LeaseLost:
        log.warning("job.lease_lost", job=job.id, kind=job.kind)
        return False
    except BaseException as error:  # whatever a handler raises, its job must be kept
        db.session.rollback()
        if ends_process(error):
            raise
        note_failure(job, error)
        return False
    return True


def _do(job: ClaimedJob, kind: JobKind) -> None:
    if kind.in_transaction:
        with unit_of_work():
            _close(job, kind.handle(job.payload))
        return
    for tries_left in reversed(range(MAKING_TRIES)):
        try:
            _note_as_done(job, kind, kind.handle(job.payload))
        except OutOfDate:
            if not tries_left:
                raise
        else:
            return


def _note_as_done(job: ClaimedJob, kind: JobKind, learned: Callable[[], None] | None) -> None:
    """Write down what was done outside; a database that is busy is asked again, because the doing can't be undone."""
    for tries_left in reversed(range(NOTING_TRIES)):
        try:
            with unit_of_work(waits_for_disk=kind.waits_for_disk):
                _close(job, learned)
        except OperationalError:
            if not tries_left:
                raise
        else:
            return


def _close(job: ClaimedJob, learned: Callable[[], None] | None) -> None:
    if callable(learned):  # a plugin may return anything, as `lambda: enqueue(...)` does
        learned()
    closed = db.session.connection().execute(
        _CLOSE, {"job_id": job.id, "held": job.lease, "now": clock.now()}
    )
    if closed.first() is None:
        raise LeaseLost


def note_failure(job: ClaimedJob, error: BaseException) -> None:
    """Note that an attempt failed: the job is put off, or given up after the last one."""
    text = story_of(error)[-4000:]
    words = words_of(error)
    log.warning("job.failed", job=job.id, kind=job.kind, attempts=job.attempts, error=words)
    kind = job_registry().kinds.get(job.kind)
    if kind is None or job.attempts < kind.max_attempts:
        _postpone(job, pause_after(job.attempts), text)
        return
    with unit_of_work() as session:
        session.execute(
            _let_go(job).values(state=JobState.DEAD, error=text, finished_at=clock.now())
        )


def return_jobs(jobs: Collection[ClaimedJob]) -> None:
    """Give claimed jobs back that were not begun; it counts as no attempt."""
    with unit_of_work() as session:
        for job in jobs:
            session.execute(_let_go(job).values(attempts=Job.attempts - 1))


def _postpone(
    job: ClaimedJob, pause: timedelta, error: str, *, attempts: int | None = None
) -> None:
    counted = job.attempts if attempts is None else attempts
    with unit_of_work() as session:
        session.execute(
            _let_go(job).values(run_at=clock.now() + pause, error=error, attempts=counted)
        )


def _let_go(job: ClaimedJob) -> Update:
    """The row without its lease, if that is still ours."""
    ours = update(Job).where(Job.id == job.id, Job.lease == job.lease)
    return ours.values(lease=None, leased_until=None).execution_options(synchronize_session=False)


def pause_after(attempts: int) -> timedelta:
    """Back-off: 5 s, 20 s, 80 s ... at most six hours, with a fifth of jitter so that failures spread out."""
    pause = min(timedelta(seconds=5 * 4 ** (attempts - 1)), LONGEST_PAUSE)
    return pause * random.uniform(0.9, 1.1)  # noqa: S311 - jitter is no secret
