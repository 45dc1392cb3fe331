"""The pages of staff: what is awaited, noting what came, and what has to go back."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, StringField

from bookstall_bank_transfer import transfers
from bookstall_bank_transfer.models import Transfer
from bookstall_bank_transfer.settings import BankTransferSettings
from shop.plugins.api import (
    Refused,
    commits,
    current_settings,
    format_money,
    notify,
    now,
    unit_of_work,
    visitor,
)
from shop.plugins.api.forms import Form, Required, amount, one_line, refuse_field

bp = Blueprint("bank_transfer_desk", __name__, template_folder="templates")


class ReceiptForm(Form):
    """What the bank statement says."""

    amount = StringField(_l("Amount"), **one_line(20, missing=_l("Enter the amount that came.")))
    came_on = DateField(_l("Date on the statement"), validators=[Required(_l("Enter the date."))])
    note = StringField(_l("Note, such as who sent it"), **one_line(200, required=False))
    seen = HiddenField()


@bp.get("/")
def index() -> str:
    """What is awaited, and what has to go back."""
    words = request.args.get("q", "").strip()[:80]
    return render_template(
        "bank_transfer/desk.html",
        transfers=transfers.awaited(words),
        returns=[] if words else transfers.to_send_back(),
        account=current_settings(BankTransferSettings),
        words=words,
    )


@bp.get("/<int:transfer_id>")
def show(transfer_id: int) -> str:
    """One transfer, with a form for what came."""
    transfer = transfers.one(transfer_id)
    due = transfer.missing_minor or transfer.amount_minor
    typed = format_amount(due, transfer.currency)
    return _page(transfer, ReceiptForm(data={"came_on": now().date(), "amount": typed}))


@bp.post("/<int:transfer_id>/receipts")
def note(transfer_id: int) -> ResponseReturnValue:
    """Note what came. An amount that is not the one that is due is said in words first, and asked about once."""
    transfer, form = transfers.one(transfer_id), ReceiptForm()
    if not form.validate():
        return _page(transfer, form), 422
    try:
        came = amount(form.amount, transfer.currency, least=1)
        surprise = difference(transfer, came)
        if surprise and form.seen.data != str(came):
            form.seen.data = str(came)
            return _page(transfer, form, surprise)
        with unit_of_work():
            who = visitor()
            transfers.note_receipt(
                transfers.locked(transfer_id),
                came,
                came_on=form.came_on.data or now().date(),
                note=form.note.data or "",
                by=who.email if who else "",
            )
    except Refused as refusal:
        refuse_field(form, refusal)
        return _page(transfer, form), 422
    notify(
        _(
            "Noted: %(amount)s for order %(number)s.",
            amount=format_money(came, transfer.currency),
            number=transfer.order_number,
        )
    )
    return redirect(url_for(".index"), 303)


@bp.post("/returns/<int:return_id>/sending")
@commits
def send(return_id: int) -> ResponseReturnValue:
    """Note that money has been sent back."""
    transfers.note_sent(transfers.return_numbered(return_id))
    notify(_("Noted as sent."))
    return redirect(url_for(".index"), 303)


def difference(transfer: Transfer, came_minor: int) -> str:
    """What is not as it should be when so much has come, in words; empty where it is exactly what is due."""
    came = format_money(came_minor, transfer.currency)
    if transfer.paid_at is not None:
        return str(_("This order is paid already. %(came)s more has to be sent back.", came=came))
    due_minor = transfer.missing_minor
    due = format_money(due_minor, transfer.currency)
    over = format_money(abs(came_minor - due_minor), transfer.currency)
    if came_minor < due_minor and transfer.is_awaited:
        return str(
            _(
                "%(came)s came and %(due)s is due: %(over)s is missing. "
                "The order goes on waiting, and the buyer is told.",
                came=came,
                due=due,
                over=over,
            )
        )
    if came_minor < due_minor:
        return str(
            _(
                "This order ended unpaid, and %(came)s is less than the %(due)s due. It has to be sent back.",
                came=came,
                due=due,
            )
        )
    if came_minor > due_minor:
        return str(
            _(
                "%(came)s came and %(due)s is due: %(over)s is too much, and has to be sent back.",
                came=came,
                due=due,
                over=over,
            )
        )
    return ""


def format_amount(minor: int, currency: str) -> str:
    """An amount as it is typed: digits alone."""
    words = format_money(minor, currency, "en")
    return "".join(each for each in words if each.isdecimal() or each == ".")


def _page(transfer: Transfer, form: ReceiptForm, surprise: str = "") -> str:
    return render_template(
        "bank_transfer/receipt.html", transfer=transfer, form=form, surprise=surprise
    )
