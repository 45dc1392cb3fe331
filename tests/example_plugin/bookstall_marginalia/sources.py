"""Where a note comes from: an article of ours, or a page of the open internet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bookstall_marginalia import notes
from shop.plugins.api import (
    ArticleText,
    ArticleView,
    Fetched,
    TagView,
    Unreachable,
    article,
    article_text,
    external_url,
    fetch,
    look_up,
)

TITLE = re.compile(r"<title>([^<]{1,200})</title>")


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as other plugins may see it."""

    words: str
    url: str


def find(key: int | str) -> NoteView | None:
    """A note that readers may see, by its id."""
    found = notes.shown(key) if isinstance(key, int) else None
    return (
        NoteView(found.words, external_url("marginalia.show", note_id=found.id)) if found else None
    )


def title_of(url: str) -> str:
    """How a page elsewhere is called; its address when nobody says. For jobs: it may take three seconds."""
    try:
        answer: Fetched = fetch(url, seconds=3, most_bytes=100_000)
    except Unreachable:
        return url
    match = TITLE.search(answer.text)
    return match[1] if match and answer.status == 200 else url


def about(slug: str) -> str:
    """An article in a few words; nothing of one that readers may not see."""
    found: ArticleView | None = article(slug)
    if found is None or not found.is_public:
        return ""
    chief: TagView | None = found.tags[0] if found.tags else None
    return f"{found.title} ({chief.name})" if chief else found.title


def length_of(slug: str) -> int:
    """How many characters of an article everyone may read."""
    found: ArticleText | None = article_text(slug)
    return len(found.html.striptags()) if found else 0


def quoted(note_id: int) -> str:
    """A note as another plugin finds it; empty when there is none."""
    note = look_up(NoteView, note_id)
    return note.words if note else ""
