"""Small answers of the database that every page needs, remembered in the process until the purge board says otherwise.

Asking costs no query, and while the database is away the last answer stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from shop.core.app_state import app_state
from shop.core.purge import slot_of
from shop.core.unit_of_work import board

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and the sequence of the purge board when it was asked."""

    sequence: int
    value: Any


def remembered(tag: str, ask: Callable[[], T], *, otherwise: T) -> T:
    """What `ask` answered, until `tag` is purged; `otherwise` when it never could. One question a tag.

    The answer is shared by threads and outlives the session: give back plain values, never rows.
    """
    answers = app_state().answers
    known = answers.get(tag)
    if known is not None and board().is_fresh((slot_of(tag),), known.sequence):
        value: T = known.value
        return value
    sequence = board().sequence
    try:
        value = ask()
    except SQLAlchemyError:
        return known.value if known is not None else otherwise
    answers[tag] = Answer(sequence, value)
    return value
