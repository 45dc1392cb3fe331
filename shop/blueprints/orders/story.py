"""Everything that happened to an order, in one line of time: who did what, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import queries, refund_queries
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.refund_models import Refund
from shop.core.money import format_money


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened. `kind` is step, refund or note; `who` is None when no person did it."""

    at: datetime
    kind: str
    title: str
    text: str
    who: str | None


def of(order: Order) -> list[Chapter]:
    """What happened to an order, the first thing first."""
    return sorted([*_steps(order), *_notes(order), *_refunds(order)], key=lambda each: each.at)


def _steps(order: Order) -> Iterator[Chapter]:
    for step in order.transitions:
        yield Chapter(step.at, "step", step.state_label, step.why, _name(step.by))


def _notes(order: Order) -> Iterator[Chapter]:
    for note in queries.notes_of(order.id):
        title = _("Note to the buyer") if note.to_buyer else _("Note among us")
        yield Chapter(note.at, "note", title, note.body, _name(note.by))


def _refunds(order: Order) -> Iterator[Chapter]:
    for refund in refund_queries.refunds_of(order.id):
        amount = format_money(refund.amount_minor, refund.currency)
        title = _("Refund of %(amount)s decided", amount=amount)
        yield Chapter(refund.asked_at, "refund", title, refund.reason, _name(refund.by))
        if refund.settled_at is not None:
            yield Chapter(
                refund.settled_at, "refund", _outcome(refund, amount), refund.failure, None
            )


def _outcome(refund: Refund, amount: str) -> str:
    if refund.is_failed:
        return str(_("Refund of %(amount)s failed", amount=amount))
    return str(_("Refund of %(amount)s done", amount=amount))


def _name(account: Account | None) -> str | None:
    return account.name or account.email if account else None
