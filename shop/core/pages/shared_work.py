"""What several pages are made of, and pages again and again: kept until one of its parts is purged, as pages are.

A page is made anew when a comment comes, and once a minute. What is around it, its series and the cards of products
beside it did not change then.
"""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from shop.core import database
from shop.core.app_state import app_state
from shop.core.changes.purge import slot_of
from shop.core.pages.page_cache import INCOMPLETE, made_of, noted_parts
from shop.core.unit_of_work import reads_since

T = TypeVar("T")

KEEP_BYTES = 8 * 1024 * 1024
"""Of all answers of an application together, written down. In memory they take about twice that."""
_SIZE_OF_NOTE = 500
"""About what an answer takes besides: its key, its parts and their slots."""


@dataclass(frozen=True, slots=True)
class KeptWork:
    """An answer, its parts, and the sequence of the purge board when it was worked out."""

    value: Any
    parts: frozenset[str]
    slots: tuple[int, ...]
    sequence: int
    size: int


class SharedWork:
    """What one application keeps in this process. When there is no more room, what was made first goes."""

    def __init__(self, room: int = KEEP_BYTES) -> None:
        self._kept: OrderedDict[Hashable, KeptWork] = OrderedDict()
        self._most = self._room = room
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> KeptWork | None:
        """The answer to a key, fresh or not."""
        return self._kept.get(key)

    def put(self, key: Hashable, made: KeptWork) -> None:
        """Keep an answer in the place of the one before, unless it is larger than all the room."""
        if made.size > self._most:
            return
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = made
            self._room += (before.size if before else 0) - made.size
            while self._room < 0:
                _, oldest = self._kept.popitem(last=False)
                self._room += oldest.size


def written_size(value: object) -> int:
    """How many bytes a value takes, written down."""
    return len(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


def shared_work(
    key: Hashable, make: Callable[[], T], size_of: Callable[[T], int] = written_size
) -> T:
    """What `make` returns; it is called again only once something that it named by `made_of` was purged.

    The answer is shared by threads and outlives the session: make plain values, never rows, from the key and from what
    is named. The page at hand is made of the same parts. Inside a unit of work, which may change them, nothing is kept.
    What names nothing is not kept, because nothing would purge it. `size_of` says about how many bytes an answer takes,
    where writing it down to count them takes long.
    """
    if database.writing.get():
        return make()
    state = app_state()
    work = state.part(SharedWork, SharedWork)
    kept = work.get(key)
    if kept is not None and state.purge_board.is_fresh(kept.slots, kept.sequence):
        made_of(*kept.parts)
        value: T = kept.value
        return value
    sequence = reads_since()
    with noted_parts() as parts:
        value = make()
    if parts and INCOMPLETE not in parts:
        size = _SIZE_OF_NOTE + size_of(value)
        slots = tuple(map(slot_of, parts))
        work.put(key, KeptWork(value, frozenset(parts), slots, sequence, size))
    return value
