"""Time, always aware and in UTC. Tests travel by replacing what `now` returns."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, aware."""
    return datetime.now(UTC)
