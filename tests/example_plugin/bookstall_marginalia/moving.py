"""Notes on their way to another site and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from bookstall_marginalia.models import Note
from shop.plugins.api import Refused, db, purge


def write() -> Iterator[Mapping[str, Any]]:
    """Every note that readers see."""
    query = select(Note).where(Note.taken_down_at.is_(None)).order_by(Note.id)
    for note in db.session.scalars(query):
        yield {"email": note.email, "words": note.words}


def read(said: Mapping[str, Any]) -> bool:
    """Take a note in; one of these words is here already.

    Raises:
        Refused: it has no words.
    """
    email, words = said.get("email"), said.get("words")
    if not isinstance(email, str) or not isinstance(words, str) or not 0 < len(words) <= 500:
        raise Refused("it has no words, or more than 500 characters")
    if db.session.scalar(select(Note.id).where(Note.email == email, Note.words == words)):
        return False
    db.session.add(Note(email=email, words=words))
    purge("marginalia")
    return True
