"""Standard error, where all lines go: of the log, and of each request."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
import threading

from shop.core.database.breaker import Breaker

TAKES_WITHIN = 0.1
"""Seconds that a line waits for a pipe that is full."""


class StandardError(io.TextIOBase):
    """Whatever standard error is at the moment of a line; a line that can't be written is lost, not the request.

    Whoever takes standard error over for a while must not leave us a closed file, and the disk that is full of the
    database may be full of the log as well. A pipe that nobody reads from any more takes 64 kB and then nothing, for
    ever: so it is asked whether it takes more, and is then left alone for seconds. How many lines were lost is said as
    soon as it takes some again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._breaker = Breaker()
        self.lost = 0

    def write(self, line: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            descriptor = _descriptor()
            if descriptor is None:
                sys.stderr.write(line)
                sys.stderr.flush()  # in its place among what a command says
            elif not self._has_taken(descriptor, line):
                self.lost += 1
        return len(line)

    def _has_taken(self, descriptor: int, line: str) -> bool:
        if not self._breaker.may_ask():
            return False
        if not self._lock.acquire(timeout=TAKES_WITHIN):  # whoever has it is stuck
            self._breaker.failed()
            return False
        try:
            if self.lost:
                line = f'{{"lines": {self.lost}, "event": "log.lines_lost"}}\n{line}'
            if not _took(descriptor, line.encode(errors="backslashreplace")):
                self._breaker.failed()
                return False
            self._breaker.answered()
            self.lost = 0
        finally:
            self._lock.release()
        return True

    def flush(self) -> None:
        if _descriptor() is None:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()


def _descriptor() -> int | None:
    """The file behind standard error; None where a test or a command keeps what is said."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return None


def _took(descriptor: int, line: bytes) -> bool:
    """Write in pieces that a pipe takes whole or not at all (pipe(7), PIPE_BUF)."""
    asked = select.poll()
    asked.register(descriptor, select.POLLOUT)
    for start in range(0, len(line), select.PIPE_BUF):
        if not asked.poll(TAKES_WITHIN * 1000):
            return False
        os.write(descriptor, line[start : start + select.PIPE_BUF])
    return True


standard_error = StandardError()
"""The one of this process: who waits for it in vain spares all others."""
