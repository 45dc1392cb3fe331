"""What several pages are made of, and pages again and again: kept until one of its parts is purged, as pages are.

A page is made anew when a comment comes, and once a minute. The cards of products beside it did not change then.
"""

from __future__ import annotations

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

MOST = 2_000


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, its parts, and the sequence of the purge board when it was worked out."""

    value: Any
    parts: frozenset[str]
    slots: tuple[int, ...]
    sequence: int


class _SharedWork(OrderedDict[Hashable, _Kept]):
    """What one application keeps in this process, what was made last at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


def shared_work(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns; it is called again only once something that it named by `made_of` was purged.

    The answer is shared by threads and outlives the session: make plain values, never rows, from the key and from what
    is named. The page at hand is made of the same parts. Inside a unit of work, which may change them, nothing is kept.
    """
    if database.writing.get():
        return make()
    state = app_state()
    work = state.part(_SharedWork, _SharedWork)
    kept = work.get(key)
    if kept is not None and state.purge_board.is_fresh(kept.slots, kept.sequence):
        made_of(*kept.parts)
        value: T = kept.value
        return value
    sequence = reads_since()
    with noted_parts() as parts:
        value = make()
    if INCOMPLETE not in parts:
        _keep(work, key, _Kept(value, frozenset(parts), tuple(map(slot_of, parts)), sequence))
    return value


def _keep(work: _SharedWork, key: Hashable, made: _Kept) -> None:
    with work.lock:
        work[key] = made
        work.move_to_end(key)
        if len(work) > MOST:
            work.popitem(last=False)
