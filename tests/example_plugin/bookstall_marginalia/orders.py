"""What notes add to orders: a note that names an order by "order" and its id belongs to it."""

from __future__ import annotations

from collections.abc import Iterable

from bookstall_marginalia import notes
from shop.plugins.api import OrderAction, OrderExtension, OrderSituation, TimelineEntry


def situation_of(order_id: int) -> OrderSituation | None:
    """An order with a note that holds it back says so to its buyer."""
    note = notes.about(f"hold order {order_id}")
    return OrderSituation("We have a question", note.words, "clock", is_good=True) if note else None


def timeline_of(order_id: int) -> Iterable[TimelineEntry]:
    """The newest note about an order."""
    note = notes.about(f"order {order_id}")
    if note:
        yield TimelineEntry(note.written_at, "note", "A note in the margin", note.words, note.email)


MARGIN = OrderExtension(
    name="marginalia",
    situation=situation_of,
    timeline=timeline_of,
    bulk_actions=(OrderAction("Note as seen", "seen", "admin.marginalia.note_orders"),),
)
