"""The purge board: tells every process on this machine, at once, that what it remembers is out of date.

A shared memory-mapped file holds one sequence number for each of 65,536 slots; a tag such as `article:12` hashes to
a slot. Whoever changes an article writes the next sequence number into its slot after the commit. A remembered
page knows the sequence at which its making began and the slots of what it is made of; it is good as long as none of
them was written later. Reading costs nanoseconds, needs no server, and the command line takes part like any process.

Before the commit the slots are marked *in flux*: if the process dies between commit and purge, the pages
concerned are made again each time until the next change, instead of staying wrong.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shop.config import ConfigError, entry

FILE = entry("purge-board")
SLOTS = 65_536
IN_FLUX = 2**62


class PurgeBoard:
    """Sequence numbers shared by all processes that use the same data folder.

    Raises:
        ConfigError: there is no room for them.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        size = (SLOTS + 1) * 8
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Not truncate: in a file with holes, a full disk ends whoever writes into the mapped memory (SIGBUS).
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            os.close(descriptor)
            raise ConfigError(
                f"SHOP_DATA_DIR: {error.strerror or error}: {size // 1024} kB for {path} could not be reserved; "
                "free some space, or choose another folder"
            ) from None
        self.purged: list[Callable[[Iterable[int] | None], None]] = []
        """Called in the process that purges, with the slots or with None for all, for what can't read the board."""
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._memory = mmap.mmap(descriptor, size)
        self._numbers = memoryview(self._memory).cast("q")

    @property
    def sequence(self) -> int:
        """The number of the last change of the board: note it before you begin to make something. As long as it stands,
        what was fresh is fresh."""
        return self._numbers[SLOTS]

    def is_fresh(self, slots: Iterable[int], since: int) -> bool:
        """True when nothing behind these slots has changed since `since`."""
        numbers = self._numbers
        for slot in slots:  # noqa: SIM110 - a page asks about one slot a hundred times, and a generator costs three calls
            if numbers[slot] > since:
                return False
        return True

    def if_fresh(self, slots: Iterable[int], since: int, act: Callable[[], None]) -> None:
        """Do something if nothing behind these slots has changed since; no purge comes between."""
        with self._locked():
            if self.is_fresh(slots, since):
                act()

    def announce(self, tags: Iterable[str]) -> None:
        """Mark as in flux; call before the commit."""
        slots = {slot_of(tag) for tag in tags}
        with self._locked():
            for slot in slots:
                self._numbers[slot] = IN_FLUX
            self._numbers[SLOTS] += 1
        self._tell(slots)

    def purge(self, tags: Iterable[str]) -> None:
        """Forget everything that is made of these tags, in every process; call after the commit."""
        slots = {slot_of(tag) for tag in tags}
        with self._locked():
            sequence = self._numbers[SLOTS] + 1
            for slot in slots:
                self._numbers[slot] = sequence
            self._numbers[SLOTS] = sequence  # last: who sees it sees the slots too
        self._tell(slots)

    def purge_everything(self) -> None:
        """Forget all that was remembered, in every process: after a restore, or before the next test."""
        with self._locked():
            sequence = self._numbers[SLOTS] + 1
            self._numbers[:SLOTS] = memoryview(array("q", [sequence]) * SLOTS)
            self._numbers[SLOTS] = sequence
        self._tell(None)

    def close(self) -> None:
        """Let go of the file."""
        self._numbers.release()
        self._memory.close()
        os.close(self._descriptor)

    def _tell(self, slots: Iterable[int] | None) -> None:
        for hear in self.purged:
            hear(slots)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among processes, by the file, and among the threads of this one, whom the file lets in together."""
        with self._lock:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)


def slot_of(tag: str) -> int:
    """The slot of a tag; two tags may share one, which only forgets a little too much."""
    return zlib.crc32(tag.encode()) % SLOTS
