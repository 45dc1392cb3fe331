"""What waits in each lane, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from shop.core import clock
from shop.core.jobs import Job, JobState, Lane
from shop.extensions import db


@dataclass(frozen=True, slots=True)
class LaneCount:
    """How many jobs of a lane wait and were given up, and for how many seconds the oldest that is due has waited."""

    lane: Lane
    waiting: int
    dead: int
    seconds_behind: float


def count_lanes() -> Sequence[LaneCount]:
    """Every lane, in the order of their names in `Lane`.

    A periodic job is due from the beginning of its slot, though it was written later, and has waited since then only.
    """
    now = clock.now()
    waits_since = case((Job.created_at > Job.run_at, Job.created_at), else_=Job.run_at)
    found = {
        (lane, state): (count, oldest)
        for lane, state, count, oldest in db.session.execute(
            select(
                Job.lane,
                Job.state,
                func.count(),
                func.min(case((Job.run_at <= now, waits_since))),
            )
            .where(Job.state.in_([JobState.WAITING, JobState.DEAD]))
            .group_by(Job.lane, Job.state)
        )
    }
    counts = []
    for lane in Lane:
        waiting, oldest = found.get((lane, JobState.WAITING), (0, None))
        dead, _ = found.get((lane, JobState.DEAD), (0, None))
        behind = (now - oldest).total_seconds() if oldest is not None else 0.0
        counts.append(LaneCount(lane, waiting, dead, behind))
    return counts
