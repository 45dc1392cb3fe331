"""What happens to notes, and what is asked about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from bookstall_marginalia.models import Note
from shop.plugins.api import Event, Refused, db, publish, purge, queue_mail, setting


@dataclass(frozen=True, slots=True)
class MarginaliaSettings:
    """What the owner may change."""

    longest: int = setting(200, "Longest note", help="In characters.", minimum=10, maximum=500)
    editor: str = setting("", "Who is told of a note", maximum=254)


@dataclass(frozen=True, slots=True)
class NoteWritten(Event):
    """Somebody wrote a note."""

    note_id: int


def write(email: str, words: str, *, longest: int) -> Note:
    """Write a note.

    Raises:
        Refused: it is too long.
    """
    if len(words) > longest:
        raise Refused(f"A note has at most {longest} characters.", field="words")
    note = Note(email=email, words=words)
    db.session.add(note)
    db.session.flush()
    purge("marginalia")
    publish(NoteWritten(note_id=note.id))
    return note


def tell_the_editor(event: NoteWritten, editor: str) -> None:
    """Mail a note to whoever is to know."""
    note = db.session.get(Note, event.note_id)
    if note is not None and editor:
        queue_mail("marginalia-note", editor, {"words": note.words})


def newest(limit: int = 20) -> Sequence[Note]:
    """The newest notes first."""
    return db.session.scalars(select(Note).order_by(Note.id.desc()).limit(limit)).all()


def count() -> int:
    """How many notes there are."""
    return db.session.scalar(select(func.count()).select_from(Note)) or 0


def export(email: str) -> Sequence[Mapping[str, Any]]:
    """What one person wrote."""
    notes = db.session.scalars(select(Note).where(Note.email == email).order_by(Note.id))
    return [{"written": note.written_at.isoformat(), "words": note.words} for note in notes]


def erase(email: str) -> None:
    """Delete what one person wrote."""
    db.session.execute(delete(Note).where(Note.email == email))
    purge("marginalia")
