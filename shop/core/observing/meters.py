"""Counters that all processes of a host add to, and that stay when one of them dies.

A file holds a row of numbers for each process. A process writes its own row alone, so that nobody waits; who reads adds
the rows up. A row whose process is dead is taken over by a new one, which goes on counting where it ended, so that a
counter never goes back. The file is written in full when it is made: a disk that fills up later does no harm.

prometheus_client offers this too, with three files more for each process that ever lived, and sparse ones.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from shop.config import entry

FOLDER = entry("meters")
ROWS = 64
"""Processes of a host that are counted one by one; of more than that, the last share a row."""

_forks = [0]
"""How many forks led to this process. To ask the system for its number at each count takes longer than to count."""
os.register_at_fork(after_in_child=lambda: _forks.__setitem__(0, _forks[0] + 1))


class Meters:
    """Numbers by name. The names are fixed at the start.

    Args:
        folder: where the file lies; one for each set of names, so that an upgrade begins a new one.
        counters: what only grows.
        levels: what goes up and down, and is nothing once its process is dead.
    """

    def __init__(self, folder: Path, counters: Sequence[str], levels: Sequence[str]) -> None:
        names = (*levels, *counters)
        self.index = {name: number for number, name in enumerate(names)}
        self._levels = len(levels)
        self._width = len(names)
        version = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        self._path = folder / f"{version}.figures"
        self._lock = threading.Lock()
        self._row = self._forks = -1
        self._numbers: memoryview[float]
        self._numbers, self._file = self._opened()

    def add(self, *changes: tuple[int, float]) -> None:
        """Add to numbers of this process, each by its `index`."""
        with self._lock:
            start = self._start()
            for number, amount in changes:
                self._numbers[start + number] += amount

    def sums(self) -> Mapping[str, float]:
        """Each number, of all processes together."""
        with self._lock:
            self._start()
            rows = [(row, self._is_alive(row)) for row in range(ROWS)]
            return {
                name: sum(
                    self._numbers[row * self._width + number]
                    for row, is_alive in rows
                    if is_alive or number >= self._levels
                )
                for name, number in self.index.items()
            }

    def processes(self) -> int:
        """How many processes count at this moment."""
        with self._lock:
            self._start()
            return sum(self._is_alive(row) for row in range(ROWS))

    def _opened(self) -> tuple[memoryview[float], int]:
        size = ROWS * self._width * 8
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(file, 0, size)
        except OSError:  # the disk is full: each process counts for itself
            return memoryview(mmap.mmap(-1, size)).cast("d"), file
        return memoryview(mmap.mmap(file, size)).cast("d"), file

    def _start(self) -> int:
        """Where our row begins. A fork has another one than its parent."""
        if self._forks != _forks[0]:
            self._forks, self._row = _forks[0], self._taken_row()
        return self._row * self._width

    def _taken_row(self) -> int:
        for row in range(ROWS):
            if self._take(row):
                for level in range(self._levels):
                    self._numbers[row * self._width + level] = 0
                return row
        return ROWS - 1

    def _take(self, row: int) -> bool:
        try:  # of the process, not of the file: it ends with the process, and a fork does not have it
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row)
        except OSError:
            return False
        return True

    def _is_alive(self, row: int) -> bool:
        if row == self._row:
            return True
        if not self._take(row):
            return True
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, row)
        return False
