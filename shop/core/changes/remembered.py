"""Small answers of the database that every page needs, remembered in the process until the purge board says otherwise.

Asking costs no query, and while the database is away the last answer stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from shop.core import database
from shop.core.app_state import AppState, app_state
from shop.core.changes.purge import slot_of
from shop.core.unit_of_work import reads_since, will_purge

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, the slots of the purge board that stand for it, and the board's sequence when it was asked."""

    slots: tuple[int]
    sequence: int
    value: Any


def fresh(tag: str, ask: Callable[[], T]) -> T:
    """What `ask` answers; it is asked again only once `tag` was purged. One question a tag.

    The answer is shared by threads and outlives the session: give back plain values, never rows. What `ask` raises
    goes to the caller, and nothing is remembered. A unit of work that changes what `tag` stands for asks for itself.
    """
    if database.writing.get() and will_purge(tag):
        return ask()
    state = app_state()
    known = still_true(state, tag)
    if known is not None:
        value: T = known.value
        return value
    sequence = reads_since()
    value = ask()
    state.answers[tag] = Answer((slot_of(tag),), sequence, value)
    return value


def still_true(state: AppState, tag: str) -> Answer | None:
    """The last answer to the question of this tag, if it is as true as it was. Asks nobody."""
    known = state.answers.get(tag)
    if known is not None and state.purge_board.is_fresh(known.slots, known.sequence):
        return known
    return None


def last_answer(tag: str, otherwise: T) -> T:
    """The last answer to the question of this tag, however old; `otherwise` when there never was one."""
    known = app_state().answers.get(tag)
    value: T = otherwise if known is None else known.value
    return value


def remembered(tag: str, ask: Callable[[], T], *, otherwise: T) -> T:
    """As `fresh`; while the database is away the last answer, or `otherwise` when there never was one."""
    try:
        return fresh(tag, ask)
    except SQLAlchemyError:
        return last_answer(tag, otherwise)
