"""The line in which the writers of one process stand before SQLite, which lets one write at a time.

SQLite itself keeps no line: who finds another writing asks again later, up to a tenth of a second, while a thread that
has just written asks at once. So a form could wait beside busy jobs until its time was over. Here each is called in
turn, visitors before jobs. Between processes SQLite decides as ever, but who is the first of a line asks it often.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque

VISITORS_IN_A_ROW = 8
"""So many visitors may go ahead of a job that waits: it must come to its turn too."""
ASK_AGAIN_MS = 10
"""For how long SQLite waits by its own steps, which begin with 1, 2 and 5 ms, before we have it begin them anew."""

NORMAL = 1
"""SQLite's level `synchronous` at which a commit does not wait for the disk, and the next that does takes it along."""


class Turn:
    """A place in the line."""

    __slots__ = ("_called", "is_job")

    def __init__(self, *, is_job: bool) -> None:
        self.is_job = is_job
        self._called = threading.Event()

    @property
    def is_called(self) -> bool:
        return self._called.is_set()

    def call(self) -> None:
        self._called.set()

    def wait(self, seconds: float) -> bool:
        """Wait to be called; False when that took too long."""
        return self._called.is_set() or self._called.wait(seconds)


class WritersLine:
    """Who writes, and who waits to. It is a courtesy: that no two write at once is seen to by SQLite."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writer: Turn | None = None
        self._visitors = deque[Turn]()
        self._jobs = deque[Turn]()
        self._in_a_row = 0

    def come(self, *, is_job: bool) -> Turn:
        """Stand behind those who are there. Nobody is called who has not left before."""
        turn = Turn(is_job=is_job)
        with self._lock:
            (self._jobs if is_job else self._visitors).append(turn)
            self._call_next()
        return turn

    def has_begun(self, turn: Turn) -> None:
        """SQLite has let this one write, called or not. So whoever was called before is gone, and will not leave."""
        with self._lock:
            if self._writer is not turn:
                self._forget(turn)
                self._writer = turn

    def leave(self, turn: Turn) -> None:
        """Make room for the next, called or not."""
        with self._lock:
            if self._writer is turn:
                self._writer = None
                self._call_next()
                return
            self._forget(turn)

    def _forget(self, turn: Turn) -> None:
        waiting = self._jobs if turn.is_job else self._visitors
        if turn in waiting:
            waiting.remove(turn)

    def _call_next(self) -> None:
        if self._writer is not None:
            return
        is_jobs_turn = not self._visitors or self._in_a_row >= VISITORS_IN_A_ROW
        waiting = self._jobs if self._jobs and is_jobs_turn else self._visitors
        if not waiting:
            return
        self._writer = waiting.popleft()
        self._in_a_row = 0 if self._writer.is_job or not self._jobs else self._in_a_row + 1
        self._writer.call()


class LinedUpConnection(sqlite3.Connection):
    """A connection to SQLite that stands in line before it writes, and leaves once its transaction is over."""

    line: WritersLine
    turn: Turn | None = None
    _usual_waiting: int | None = None
    """How SQLite waits for the disk, while a transaction does not."""

    def begin_writing(self, *, is_job: bool, busy_ms: int, waits_for_disk: bool = True) -> None:
        """Begin a transaction that writes.

        Args:
            busy_ms: for how long to wait, in the line and for other processes.
            waits_for_disk: False where a power cut may undo it, if nothing was written since that waits.

        Raises:
            sqlite3.OperationalError: nobody made room in time.
        """
        ends = time.monotonic() + busy_ms / 1000
        self._wait_as_usual()
        self.leave_line()  # of a transaction that SQLite ended by itself
        turn = self.turn = self.line.come(is_job=is_job)
        turn.wait(busy_ms / 1000)
        if not waits_for_disk:
            self._wait_less()
        self.execute(f"PRAGMA busy_timeout={ASK_AGAIN_MS}")
        try:
            while not self._begins(or_fails=time.monotonic() >= ends):
                pass  # SQLite has waited
            self.line.has_begun(turn)
        except sqlite3.Error:
            self._wait_as_usual()
            self.leave_line()
            raise
        finally:
            self.execute(f"PRAGMA busy_timeout={busy_ms}")

    def _begins(self, *, or_fails: bool) -> bool:
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if or_fails or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def _wait_less(self) -> None:
        (usual,) = self.execute("PRAGMA synchronous").fetchone()
        if usual > NORMAL:
            self._usual_waiting = usual
            self.execute(f"PRAGMA synchronous={NORMAL}")

    def _wait_as_usual(self) -> None:
        if self._usual_waiting is not None:
            self.execute(f"PRAGMA synchronous={self._usual_waiting}")
            self._usual_waiting = None

    def commit(self) -> None:
        super().commit()
        self._wait_as_usual()
        self.leave_line()

    def rollback(self) -> None:
        try:
            super().rollback()
            self._wait_as_usual()
        finally:
            self.leave_line()

    def close(self) -> None:
        super().close()
        self.leave_line()

    def leave_line(self) -> None:
        """Make room for the next."""
        turn, self.turn = self.turn, None
        if turn is not None:
            self.line.leave(turn)
