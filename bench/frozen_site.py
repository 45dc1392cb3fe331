"""A site whose surroundings freeze, as `bench.freezes` serves it; run with the port as the only argument.

BENCH_BEFORE=1 takes the guards out: one thread, 48 connections, nothing made behind, no deadline of ours.
BENCH_SILENT_PROVIDER=PORT: Stripe's host is this port of loopback.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

from granian.constants import HTTPModes

from bench import served
from shop import serving
from shop.blueprints.payments_stripe import connection, impatient
from shop.core import database
from shop.core.database import patience, writers
from shop.core.pages import cache
from shop.core.web.limits import capacity

MANY = 10_000
LONG = 3_600.0


def main() -> None:
    """Serve one process."""
    cache.KEEP_SECONDS = 2.0  # so that pages grow old while their surroundings are frozen
    if provider := os.environ.get("BENCH_SILENT_PROVIDER"):
        _lead_stripe_to(int(provider))
    if os.environ.get("BENCH_BEFORE"):
        _take_the_guards_out()
    served.prepare()
    served.serve(int(sys.argv[1]), workers=1)


def _lead_stripe_to(port: int) -> None:
    ask = socket.getaddrinfo

    def answer(host: Any, *rest: Any, **options: Any) -> Any:
        if host == "api.stripe.com":
            return ask("127.0.0.1", port, type=socket.SOCK_STREAM)
        return ask(host, *rest, **options)

    socket.getaddrinfo = answer


def _take_the_guards_out() -> None:
    serving.THREADS, serving.CONNECTIONS, serving.HTTP = 1, 48, HTTPModes.auto
    for name in ("WORKED_ON", "IN_LINE", "BODIES", "BODIES_OF_ONE", "STREAMS"):
        setattr(capacity, name, MANY)
    cache.PageCache.make_behind = lambda *_given: None  # type: ignore[method-assign]
    database.SQLITE_BUSY_MS = writers.ASK_AGAIN_MS = 10_000
    writers.WritersLine.come = lambda _line, *, is_job: _called(is_job)  # type: ignore[method-assign]
    connection.BUYERS_TIMEOUT_SECONDS = connection.TIMEOUT_SECONDS
    impatient._breaker.failed = lambda: None  # type: ignore[method-assign]  # noqa: SLF001
    for name in ("PING_SECONDS", "REQUEST_SECONDS", "JOB_SECONDS"):
        setattr(patience, name, LONG)


def _called(is_job: bool) -> writers.Turn:
    turn = writers.Turn(is_job=is_job)
    turn.call()
    return turn


if __name__ == "__main__":
    main()
