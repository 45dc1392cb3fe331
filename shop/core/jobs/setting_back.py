"""What is done when the clock was set back: nothing may wait for a time that was here already.

The clock is the database server's where there is one, else this machine's. Set back by an hour, it would leave a paid
order, a lookup of payments and whatever somebody had a lease on waiting for an hour. Rows say for themselves that they
are of a time that is to come, so whoever looks first mends them, and looking again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, select, update

from shop.core import clock
from shop.core.jobs import Job, JobState, job_registry
from shop.core.jobs.running import BATCH_SECONDS, pause_after
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

log = structlog.get_logger(__name__)

APART = timedelta(seconds=5)
"""By so much the clocks of two hosts may differ."""
OFTEN = timedelta(hours=1)
"""What comes less often than this waits for its next time."""
_WAITING = Job.state == JobState.WAITING


class ClockWatch:
    """Notices that the clock was set back: it is behind a timer that nobody sets."""

    def __init__(self) -> None:
        self._moment: datetime | None = None
        self._timer = 0.0

    def was_set_back(self) -> bool:
        """Whether that happened since this was asked before; at first yes, because nobody knows."""
        moment, timer = clock.now(), clock.timer()
        expected = self._moment and self._moment + timedelta(seconds=timer - self._timer)
        self._moment, self._timer = moment, timer
        return expected is None or expected - moment > APART


def let_nothing_wait() -> int:
    """Take back what lies ahead because the clock was set back; how many rows that were."""
    now = clock.now()
    with unit_of_work():
        taken_back = _begin_waiting_anew(now) + _shorten_pauses(now) + _shorten_leases(now)
        _forget_slots_to_come(now)
    if taken_back:
        log.warning("jobs.clock_was_set_back", jobs=taken_back)
    return taken_back


def _begin_waiting_anew(now: datetime) -> int:
    """Jobs that were written in a time to come wait from now for as long as they were to."""
    rows = _rows(Job.created_at > now + APART)
    return _changed(
        {"id": row.id, "created_at": now, "run_at": now + (row.run_at - row.created_at)}
        for row in rows
    )


def _shorten_pauses(now: datetime) -> int:
    """Those that failed wait no longer than after a failure of this moment."""
    rows = _rows(Job.attempts > 0, Job.run_at > now + APART)
    longest = ((row, now + pause_after(row.attempts) * 1.25) for row in rows)
    return _changed({"id": row.id, "run_at": end} for row, end in longest if row.run_at > end)


def _shorten_leases(now: datetime) -> int:
    """A lease ends no later than one that is taken at this moment."""
    rows = _rows(Job.leased_until > now)
    longest = ((row, now + timedelta(seconds=row.deadline + BATCH_SECONDS)) for row in rows)
    return _changed(
        {"id": row.id, "leased_until": end}
        for row, end in longest
        if row.leased_until > end + APART
    )


def _forget_slots_to_come(now: datetime) -> None:
    """Periodic work whose slot is here for the second time is done in it again."""
    often = [
        f"periodic:{each.name}" for each in job_registry().periodic.values() if each.every < OFTEN
    ]
    db.session.execute(
        delete(Job)
        .where(Job.state == JobState.DONE, Job.kind.in_(often), Job.created_at > now + APART)
        .execution_options(synchronize_session=False)
    )


def _rows(*which: ColumnElement[bool]) -> Sequence[Any]:
    return db.session.execute(
        select(
            Job.id, Job.created_at, Job.run_at, Job.attempts, Job.deadline, Job.leased_until
        ).where(_WAITING, *which)
    ).all()


def _changed(changes: Iterable[dict[str, Any]]) -> int:
    rows = list(changes)
    if rows:
        db.session.execute(update(Job), rows)
    return len(rows)
