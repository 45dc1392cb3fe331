"""For how long we wait for PostgreSQL. A server that is frozen answers nothing, and its own time-outs stand still too.

So besides those that the server keeps (`statement_timeout`), each wait of ours has an end: for requests a short one,
because a thread and a visitor wait, elsewhere a longer one, for a migration none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import has_request_context

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 10
LOCK_SECONDS = 5
PING_SECONDS = 2.0
REQUEST_SECONDS = STATEMENT_SECONDS + 2.0
"""Beyond the server's own end of a statement, so that it is the server that ends it, unless it is frozen."""
JOB_SECONDS = 60.0

CONNECT_OPTIONS: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    # What is sent and never acknowledged, and a host that is gone without a word: the kernel ends the connection.
    "tcp_user_timeout": 10_000,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "options": f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s -c timezone=UTC"
    # A large table that is read from its beginning, until enough is found, is read from there each time.
    " -c synchronize_seqscans=off",
}

_is_unhurried: ContextVar[bool] = ContextVar("_is_unhurried", default=False)


@contextmanager
def unhurried() -> Iterator[None]:
    """Let statements inside take their time: a change of a table with a million rows."""
    token = _is_unhurried.set(True)
    try:
        yield
    finally:
        _is_unhurried.reset(token)


def of_statements() -> float | None:
    """Seconds to wait for the answer to a statement; None is for ever."""
    if _is_unhurried.get():
        return None
    return REQUEST_SECONDS if has_request_context() else JOB_SECONDS
