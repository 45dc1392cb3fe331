"""Time, always aware and in UTC. Tests travel by replacing what `now` returns.

Where hosts share a database server, its clock is the site's: every process asks it (`shop.core.database`), and counts
on from there by a timer that nobody sets. A host whose own clock is a day ahead neither takes a lease early nor
leaves work of today for tomorrow.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

WORTH_A_SECOND = 1.0
"""Seconds. An answer that took longer says too little about when it was given, where we have another."""

# Unlike the monotonic clock it goes on while a machine sleeps; there is none on macOS.
_TIMER = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

_set_at: tuple[datetime, float] | None = None


def now() -> datetime:
    """The present moment in UTC, aware: by the database server's clock where there is one, else by this machine's."""
    if _set_at is None:
        return datetime.now(UTC)
    moment, then = _set_at
    return moment + timedelta(seconds=timer() - then)


def timer() -> float:
    """Seconds since some moment, by a clock that nobody sets: for how long something takes."""
    return time.clock_gettime(_TIMER)


def set_to(moment: datetime, *, asked_at: float) -> None:
    """Go on from a moment that somebody told whom we asked when the timer stood at `asked_at`."""
    global _set_at
    answered_at = timer()
    if _set_at is None or answered_at - asked_at <= WORTH_A_SECOND:
        _set_at = (moment.astimezone(UTC), (asked_at + answered_at) / 2)


def seconds_since_set() -> float:
    """For how long nobody has been asked; endless where nobody ever was."""
    return timer() - _set_at[1] if _set_at is not None else float("inf")


def seconds_ahead() -> float:
    """By how much this machine's own clock is ahead of the site's; negative when it is behind."""
    return (datetime.now(UTC) - now()).total_seconds()
