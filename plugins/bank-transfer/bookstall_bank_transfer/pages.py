"""What a buyer sees: where to send how much, and a code that a banking app reads."""

from __future__ import annotations

import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, render_template
from segno import helpers

from bookstall_bank_transfer import transfers
from bookstall_bank_transfer.models import Transfer
from bookstall_bank_transfer.settings import BankTransferSettings
from shop.plugins.api import NotFound, current_settings, private_page

bp = Blueprint("bank_transfer", __name__, template_folder="templates", static_folder=None)


@bp.get("/bank-transfer/<reference>")
def show(reference: str) -> str:
    """The details, to print or to type. Whoever has the link may see them: it can't be guessed."""
    private_page()
    return render_template(
        "bank_transfer/show.html", **details_of(transfers.by_reference(reference))
    )


@bp.get("/bank-transfer/<reference>/code.svg")
def code(reference: str) -> Response:
    """The same as a code (EPC069-12), which fills in the transfer form of a banking app."""
    private_page()
    transfer = transfers.by_reference(reference)
    if not has_code(transfer):
        raise NotFound
    account = current_settings(BankTransferSettings)
    made = helpers.make_epc_qr(
        name=account.account_name,
        iban=account.iban,
        bic=account.bic or None,
        amount=Decimal(transfer.missing_minor) / 100,
        text=transfer.order_number,
    )
    picture = io.BytesIO()
    made.save(picture, kind="svg", scale=4, border=4, light="#fff")
    return Response(picture.getvalue(), mimetype="image/svg+xml")


def has_code(transfer: Transfer) -> bool:
    """Whether there is a code for it: only of transfers in euros that are still awaited."""
    return transfer.is_awaited and transfer.currency == "EUR"


def details_of(transfer: Transfer) -> Mapping[str, Any]:
    """What the templates show of a transfer."""
    return {
        "transfer": transfer,
        "account": current_settings(BankTransferSettings),
        "has_code": has_code(transfer),
    }


def on_order(order: Any) -> Mapping[str, Any] | None:
    """What stands on the page of an order that waits for a transfer."""
    transfer = None if order.is_paid else transfers.of_order(order.number)
    return details_of(transfer) if transfer is not None else None
