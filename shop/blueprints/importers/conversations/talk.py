"""Imports comments, whatever system they come from: by short units of work, each after what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.comments import services
from shop.blueprints.comments.models import State
from shop.blueprints.importers import queries
from shop.blueprints.importers.row_guard import one_row
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused, unit_of_work

BATCH = 100


@dataclass(frozen=True, slots=True)
class Arrival:
    """A comment to be stored. `label` is what a report calls it; keys are import keys; `body` is Markdown."""

    label: str
    key: str
    parent_key: str
    article_id: int
    author: str
    email: str
    body: str
    posted_at: datetime
    state: State
    is_staff: bool = False
    edited_at: datetime | None = None
    original_body: str | None = None
    helpful: int = 0
    author_url: str = ""
    pinned_at: datetime | None = None
    highlighted_at: datetime | None = None
    highlighted_by: str = ""


def require_comments() -> None:
    """Make sure that there is a place for comments.

    Raises:
        Refused: the feature is switched off.
    """
    if not registry().has("comments"):
        raise Refused(_("Comments are off."))


def import_talk(
    arrivals: Iterable[Arrival], report: ImportReport, *, label: str = "threads"
) -> None:
    """Store comments, parents before what answers them; what answers an answer joins its thread, and is counted.

    `label` is what the report calls them all.
    """
    deeper = 0
    waiting = iter(arrivals)
    while batch := list(islice(waiting, BATCH)):
        with unit_of_work():
            deeper += sum(_store(arrival, report) for arrival in batch)
    if deeper:
        report.note(
            label,
            ngettext(
                "%(num)d comment replied to a reply; threads have one level here, so it is in the same thread",
                "%(num)d comments replied to a reply; threads have one level here, so these comments are in the "
                "same thread",
                deeper,
            ),
        )


def _store(arrival: Arrival, report: ImportReport) -> bool:
    """Store one; whether it moved up to be one level deep."""
    parent = queries.comment_known_as(arrival.parent_key) if arrival.parent_key else None
    with one_row(report, arrival.label):
        comment, is_new = services.import_comment(
            import_key=arrival.key,
            article_id=arrival.article_id,
            author_name=arrival.author,
            email=arrival.email,
            body=arrival.body,
            posted_at=arrival.posted_at,
            state=arrival.state,
            parent=parent,
            is_staff=arrival.is_staff,
            edited_at=arrival.edited_at,
            original_body=arrival.original_body,
            helpful=arrival.helpful,
            author_url=arrival.author_url,
            pinned_at=arrival.pinned_at,
            highlighted_at=arrival.highlighted_at,
            highlighted_by=arrival.highlighted_by,
            teaches=True,
        )
        report.accept(is_new=is_new)
        if is_new and arrival.parent_key and comment.parent_id is None:
            report.note(
                arrival.label,
                _("the comment it replied to was not imported; it starts a new thread"),
            )
        return is_new and parent is not None and comment.parent_id not in (parent.id, None)
    return False


def parents_first(arrivals: Iterable[Arrival], known: frozenset[str]) -> Iterator[Arrival]:
    """Hold back what comes before the comment that it answers.

    `known` are the keys of all that will come; an answer to anything else is not held back.
    """
    seen: set[str] = set()
    held: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        if arrival.parent_key in known and arrival.parent_key not in seen:
            held.setdefault(arrival.parent_key, []).append(arrival)
            continue
        ready = [arrival]
        while ready:
            each = ready.pop()
            seen.add(each.key)
            ready.extend(reversed(held.pop(each.key, [])))
            yield each
    for stranded in held.values():  # what it answers was refused, or answers it in turn
        yield from stranded
