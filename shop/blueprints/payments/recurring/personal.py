"""What is kept about a person who pays again and again: handed out, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shop.blueprints.orders.models import ERASED
from shop.blueprints.payments.recurring import queries
from shop.blueprints.payments.recurring.ending import JOB
from shop.core import jobs
from shop.core.money import to_decimal


def export_subscriptions(email: str) -> Sequence[Mapping[str, Any]]:
    """One person's subscriptions."""
    return [
        {
            "title": row.title,
            "amount": f"{to_decimal(row.amount_minor, row.currency)} {row.currency}",
            "every": row.every,
            "state": row.state,
            "started": row.started_at.isoformat(),
            "name": row.name,
        }
        for row in queries.of_email(email)
    ]


def erase(email: str) -> None:
    """Forget who pays. What still runs is ended by a job; money that is charged before goes back by itself."""
    for row in queries.of_email(email):
        row.email, row.name = f"{row.id}{ERASED}", ""
        if row.ended_at is None:
            jobs.enqueue(JOB, {"subscription_id": row.id})
