"""What is done to the site every one to three seconds: kills (-9), freezes (SIGSTOP), a full disk, a wrong clock."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable

from bench.soak.whole import Whole

PAUSE = (1.0, 3.0)
FROZEN = (2.0, 30.0)
FULL = (5.0, 15.0)
FAR = 86_400.0
"""Seconds that the clock of a host jumps, either way."""
PROGRAMS = ("web-1", "web-2", "worker-1", "worker-2", "postgres", "valkey")


class Harm:
    """Does harm until told to end, in a thread, and then undoes what can be undone."""

    def __init__(self, whole: Whole) -> None:
        self.done: Counter[str] = Counter()
        self._whole = whole
        self._end = threading.Event()
        self._undoing: list[threading.Thread] = []
        self._frozen: set[str] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ways: list[tuple[str, float, Callable[[], bool]]] = [
            ("a web process killed", 5, lambda: self._kill_child("web-1", "web-2")),
            ("a web supervisor killed", 0.7, lambda: self._kill("web-1", "web-2")),
            ("a worker killed", 2, lambda: self._kill("worker-1", "worker-2")),
            ("a process of PostgreSQL killed", 0.7, lambda: self._kill_child("postgres")),
            ("PostgreSQL killed", 0.5, lambda: self._kill("postgres")),
            ("Valkey killed", 1, lambda: self._kill("valkey")),
            ("something frozen", 1, self._freeze),
            ("the disk of host 2 full", 0.5 if whole.has_small_disk else 0, self._fill_the_disk),
            ("the clock of host 2 moved", 1, self._move_the_clock),
        ]

    def begin(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def end(self) -> None:
        """End, and let go of what is frozen or full."""
        self._end.set()
        self._thread.join()
        for each in self._undoing:
            each.join()

    def _run(self) -> None:
        weights = [weight for _, weight, _ in self._ways]
        while not self._end.wait(random.uniform(*PAUSE)):
            [(what, _, act)] = random.choices(self._ways, weights)
            with contextlib.suppress(ProcessLookupError, FileNotFoundError, OSError):
                self.done[what] += act()

    def _kill(self, *names: str) -> bool:
        os.kill(self._whole.pid(random.choice(names)), signal.SIGKILL)
        return True

    def _kill_child(self, *names: str) -> bool:
        found = self._whole.children(random.choice(names))
        if found:
            os.kill(random.choice(found), signal.SIGKILL)
        return bool(found)

    def _freeze(self) -> bool:
        name = random.choice(PROGRAMS)
        if name in self._frozen:
            return False
        stopped = self._whole.family(name)
        self._frozen.add(name)
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)

        def let_go() -> None:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            self._frozen.discard(name)

        self._undo_after(random.uniform(*FROZEN), let_go)
        return True

    def _fill_the_disk(self) -> bool:
        filler = self._whole.folder / "host-2" / "filler"
        with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(65_536))
        self._undo_after(random.uniform(*FULL), lambda: filler.unlink(missing_ok=True))
        return True

    def _move_the_clock(self) -> bool:
        wrong = random.choice((-FAR, -60.0, 0.0, 3_600.0, FAR))
        with (self._whole.folder / "clock").open("r+b") as file:
            file.write(struct.pack("d", wrong))
        return True

    def _undo_after(self, seconds: float, undo: Callable[[], None]) -> None:
        def wait() -> None:
            until = time.monotonic() + seconds
            while time.monotonic() < until and not self._end.is_set():
                time.sleep(0.1)
            undo()

        thread = threading.Thread(target=wait)
        thread.start()
        self._undoing.append(thread)
