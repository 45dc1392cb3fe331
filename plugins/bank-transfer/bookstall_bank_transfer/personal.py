"""What is kept about a person: handed out, and forgotten. Amounts and dates stay, as the books need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bookstall_bank_transfer.models import Transfer
from shop.plugins.api import db, format_money


def export(email: str) -> Sequence[Mapping[str, Any]]:
    """The transfers of one person."""
    return [
        {
            "order": each.order_number,
            "due": format_money(each.amount_minor, each.currency, "en"),
            "asked": each.asked_at.isoformat(),
            "received": [
                f"{receipt.came_on.isoformat()}: {format_money(receipt.amount_minor, each.currency, 'en')}"
                for receipt in each.receipts
            ],
        }
        for each in _of(email)
    ]


def erase(email: str) -> None:
    """Forget whose transfers they were."""
    for each in _of(email):
        each.email = ""
        for receipt in each.receipts:
            receipt.note = ""


def _of(email: str) -> Sequence[Transfer]:
    return db.session.scalars(
        select(Transfer).where(Transfer.email == email.lower()).order_by(Transfer.id)
    ).all()
