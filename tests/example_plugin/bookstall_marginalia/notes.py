"""What happens to notes, and what is asked about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from bookstall_marginalia.models import Note
from shop.plugins.api import (
    CommentView,
    Event,
    Gone,
    NotFound,
    OutOfDate,
    Refused,
    SearchDocument,
    TooMany,
    WrittenText,
    comment,
    db,
    enqueue,
    judge_text,
    now,
    prepare_indexing,
    prepare_mail,
    publish,
    purge,
    setting,
    unindex_page,
)

HOUR = timedelta(hours=1)
MOST_AN_HOUR = 5


@dataclass(frozen=True, slots=True)
class MarginaliaSettings:
    """What the owner may change."""

    longest: int = setting(200, "Longest note", help="In characters.", minimum=10, maximum=500)
    editor: str = setting("", "Who is told of a note", maximum=254)
    in_banner: bool = setting(False, "Show a link in the banner")


@dataclass(frozen=True, slots=True)
class NoteWritten(Event):
    """Somebody wrote a note."""

    note_id: int


def write(email: str, words: str, *, longest: int) -> Note:
    """Write a note.

    Raises:
        Refused: it is empty or too long.
    """
    if not words or len(words) > longest:
        raise Refused(f"Write between one and {longest} characters.", field="words")
    note = Note(email=email, words=words)
    db.session.add(note)
    db.session.flush()
    purge("marginalia")
    publish(NoteWritten(note_id=note.id))
    return note


def refuse_floods(email: str) -> None:
    """Let nobody fill the margin.

    Raises:
        TooMany: this address has written enough for now.
    """
    lately = select(func.count()).where(Note.email == email, Note.written_at > now() - HOUR)
    if (db.session.scalar(lately) or 0) >= MOST_AN_HOUR:
        raise TooMany("Please let others write too.", retry_after=int(HOUR.total_seconds()))


def refuse_spam(email: str, words: str, address: str) -> None:
    """Judge a note as comments are judged. It takes up to a second, so not in a unit of work.

    Raises:
        Refused: it is spam, or has to be looked at, and here nobody does that.
    """
    verdict = judge_text(WrittenText(body=words, email=email, address=address))
    if verdict.is_refused or verdict.needs_person:
        raise Refused(" ".join(verdict.hints) or "This can’t stand in the margin.", field="words")


def quote_comment(comment_id: int, *, longest: int) -> None:
    """Write a comment that readers see into the margin, if it fits there."""
    found: CommentView | None = comment(comment_id)
    if found is not None and found.state == "approved" and len(found.body) <= longest:
        write("", found.body, longest=longest)


def take_down(note: Note) -> None:
    """Show a note no more, and forget it in a month."""
    note.taken_down_at = now()
    unindex_page("marginalia", str(note.id))
    purge("marginalia")
    enqueue(
        "marginalia.forget",
        {"note_id": note.id},
        run_at=now() + timedelta(days=30),
        unique_key=f"marginalia.forget:{note.id}",
    )


def forget(note_id: int) -> None:
    """Delete a note; one that is gone already is left alone."""
    db.session.execute(delete(Note).where(Note.id == note_id))


def tell_the_editor(event: NoteWritten, editor: str) -> Callable[[], None] | None:
    """Mail a note to whoever is to know: render it now, and let what is returned queue it if the note still says so."""
    note = db.session.get(Note, event.note_id)
    if note is None or not editor:
        return None
    words = note.words
    queue_it = prepare_mail("marginalia-note", editor, {"words": words})

    def queue_if_it_stands() -> None:
        stands = db.session.get(Note, event.note_id)
        if stands is not None and stands.words != words:
            raise OutOfDate
        if stands is not None:
            queue_it()

    return queue_if_it_stands


def page_of(note: Note) -> SearchDocument:
    """What the search knows of a note."""
    return SearchDocument(str(note.id), "A note", note.words, f"/marginalia/{note.id}")


def keep_findable(event: NoteWritten) -> Callable[[], None] | None:
    """Let the search find a note: look for its words now, and let what is returned write them if it still stands."""
    note = shown(event.note_id)
    if note is None:
        return None
    index_it = prepare_indexing("marginalia", page_of(note))

    def index_if_it_stands() -> None:
        if shown(event.note_id) is not None:
            index_it()

    return index_if_it_stands


def note_or_error(note_id: int) -> Note:
    """One note that readers may see.

    Raises:
        NotFound: there never was one.
        Gone: it was taken down.
    """
    note = db.session.get(Note, note_id)
    if note is None:
        raise NotFound
    if note.taken_down_at is not None:
        raise Gone
    return note


def shown(note_id: int) -> Note | None:
    """A note, if readers may see it."""
    note = db.session.get(Note, note_id)
    return note if note is not None and note.taken_down_at is None else None


def newest(limit: int = 20) -> Sequence[Note]:
    """The newest notes first."""
    shown = select(Note).where(Note.taken_down_at.is_(None))
    return db.session.scalars(shown.order_by(Note.id.desc()).limit(limit)).all()


def about(title: str) -> Note | None:
    """The newest note that names this."""
    return next(iter(having(title, 1)), None)


def having(words: str, limit: int) -> Sequence[Note]:
    """The newest notes that have these words."""
    shown = select(Note).where(Note.taken_down_at.is_(None), Note.words.contains(words))
    return db.session.scalars(shown.order_by(Note.id.desc()).limit(limit)).all()


def count() -> int:
    """How many notes there are."""
    return db.session.scalar(select(func.count()).select_from(Note)) or 0


def export(email: str) -> Sequence[Mapping[str, Any]]:
    """What one person wrote."""
    notes = db.session.scalars(select(Note).where(Note.email == email).order_by(Note.id))
    return [{"written": note.written_at.isoformat(), "words": note.words} for note in notes]


def erase(email: str) -> None:
    """Delete what one person wrote."""
    gone = delete(Note).where(Note.email == email).returning(Note.id)
    for note_id in db.session.scalars(gone).all():
        unindex_page("marginalia", str(note_id))
    purge("marginalia")


def tidy() -> None:
    """Delete what was imported without an address a year ago."""
    old = Note.written_at < now() - timedelta(days=365)
    gone = delete(Note).where(Note.email == "", old).returning(Note.id)
    for note_id in db.session.scalars(gone).all():
        unindex_page("marginalia", str(note_id))
