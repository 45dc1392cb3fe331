"""Notes on their way to another site and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from bookstall_marginalia.models import Note
from bookstall_marginalia.notes import page_of
from shop.plugins.api import (
    Refused,
    db,
    index_page,
    purge,
    row_values,
    rows_in_batches,
    set_row_values,
)


def write() -> Iterator[Mapping[str, Any]]:
    """Every note that readers see."""
    for note in rows_in_batches(select(Note).where(Note.taken_down_at.is_(None)), Note.id):
        yield row_values(note, leaving_out=("taken_down_at",))


def read(said: Mapping[str, Any]) -> bool:
    """Take a note in; one of these words is here already.

    Raises:
        Refused: it has no words.
    """
    note = Note()
    set_row_values(note, said, leaving_out=("taken_down_at",), needs=("email", "words"))
    if not note.words:
        raise Refused("it has no words")
    same = (Note.email == note.email, Note.words == note.words)
    if db.session.scalar(select(Note.id).where(*same)):
        return False
    db.session.add(note)
    db.session.flush()
    index_page("marginalia", page_of(note))
    purge("marginalia")
    return True
