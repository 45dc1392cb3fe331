"""Transfers on their way to another site and back, each with its order.

What opens something stays: the link of the order, and our reference, which is in the address of a page. An order that
waited for its money comes in as cancelled, so its transfer comes in as ended; what had come of it goes back.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from bookstall_bank_transfer import transfers
from bookstall_bank_transfer.models import Receipt, Return, Transfer
from shop.plugins.api import (
    OrderView,
    Refused,
    db,
    order,
    row_values,
    rows_in_batches,
    set_row_values,
)

NOT_TOLD = ("key", "reference", "order_url")
MOVED = "moved-"


def write() -> Iterator[Mapping[str, Any]]:
    """Every transfer with what came and what goes back, oldest first; those of orders that are gone stay behind."""
    for each in rows_in_batches(select(Transfer), Transfer.id):
        about = order(each.order_number)
        if about is not None:
            yield {
                **row_values(each, leaving_out=NOT_TOLD),
                "name": _name_of(each),
                "order_placed_at": about.placed_at.isoformat(),
                "receipts": [row_values(receipt) for receipt in each.receipts],
                "returns": [row_values(back, leaving_out=NOT_TOLD) for back in each.returns],
            }


def read(said: Mapping[str, Any]) -> bool:
    """Take a transfer in; whether it is new here.

    Raises:
        Refused: its order is not here, or a value does not fit.
    """
    about, name = _order_of(said), said.get("name")
    if not isinstance(name, str) or not name.startswith(MOVED):
        raise Refused(_("it does not say its %(name)s", name="name"))
    if any(_name_of(each) == name for each in transfers.all_of_order(about.number)):
        return False
    transfer = Transfer(
        key=name[:80], reference=f"transfer-{secrets.token_urlsafe(24)}", order_url=about.url
    )
    set_row_values(
        transfer,
        said,
        leaving_out=NOT_TOLD,
        needs=("order_number", "email", "amount_minor", "currency", "pay_by", "asked_at"),
    )
    for each in _rows(said, "receipts"):
        receipt = Receipt()
        set_row_values(receipt, each, needs=("amount_minor", "came_on", "note", "noted_by"))
        transfer.receipts.append(receipt)
    for number, each in enumerate(_rows(said, "returns")):
        entry = Return(key=f"{transfer.key}-{number}"[-80:])
        set_row_values(entry, each, leaving_out=NOT_TOLD, needs=("amount_minor", "reason"))
        transfer.returns.append(entry)
    amounts = [each.amount_minor for each in transfer.receipts]
    amounts += [each.amount_minor for each in transfer.returns]
    if min((transfer.amount_minor, *amounts)) < 1:
        raise Refused(_("it has an amount that is none"))
    db.session.add(transfer)
    db.session.flush()
    transfers.end(transfer)
    return True


def _order_of(said: Mapping[str, Any]) -> OrderView:
    """The very order: a number may be that of another one here."""
    found = order(str(said.get("order_number", "")))
    if found is None or found.placed_at.isoformat() != said.get("order_placed_at"):
        raise Refused(_("the order is not here"))
    return found


def _name_of(transfer: Transfer) -> str:
    """The same on each site, and no way back to the key."""
    if transfer.key.startswith(MOVED):
        return transfer.key
    return f"{MOVED}{hashlib.sha256(transfer.key.encode()).hexdigest()}"


def _rows(said: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    values = said.get(name)
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise Refused(_("it does not say its %(name)s", name=name))
    return values
