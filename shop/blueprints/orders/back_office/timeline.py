"""Everything that happened to an order, in one line of time: who did what, when and why."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import extensions, queries
from shop.blueprints.orders.models import Order
from shop.plugins.api import TimelineEntry


def of(order: Order) -> list[TimelineEntry]:
    """What happened to an order, the first thing first."""
    told = [*_steps(order), *_notes(order), *extensions.extended_timeline(order)]
    return sorted(told, key=lambda each: each.at)


def _steps(order: Order) -> Iterator[TimelineEntry]:
    for step in order.transitions:
        yield TimelineEntry(step.at, "step", step.state_label, step.why, _name(step.by))


def _notes(order: Order) -> Iterator[TimelineEntry]:
    for note in queries.notes_of(order.id):
        title = _("Note to the buyer") if note.to_buyer else _("Internal note")
        yield TimelineEntry(note.at, "note", title, note.body, _name(note.by))


def _name(account: Account | None) -> str | None:
    return account.name or account.email if account else None
