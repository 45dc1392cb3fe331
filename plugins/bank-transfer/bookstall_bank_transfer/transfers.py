"""What happens to a transfer: awaited, money noted, complete, ended, money sent back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from bookstall_bank_transfer.models import Receipt, Return, Transfer
from bookstall_bank_transfer.settings import BankTransferSettings
from shop.plugins.api import (
    NotFound,
    PaymentRequest,
    Refused,
    current_settings,
    db,
    enqueue,
    external_url,
    now,
    prepare_mail,
    settle,
)

PROVIDER = "bank_transfer"
MAIL_JOB = "bank_transfer.write"
REMIND = timedelta(days=2)
SHOWN = 100


def expect(payment: PaymentRequest) -> Transfer:
    """Write down what we wait for, and tell the buyer where to send it; once, however often this is called."""
    known = db.session.scalar(select(Transfer).where(Transfer.key == payment.idempotency_key))
    if known is not None:
        return known
    days = timedelta(days=current_settings(BankTransferSettings).days)
    transfer = Transfer(
        key=payment.idempotency_key,
        reference=f"transfer-{payment.idempotency_key}",
        order_number=payment.order_number,
        email=payment.email,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        order_url=payment.return_url,
        pay_by=(payment.started_at or now()) + days,
    )
    db.session.add(transfer)
    db.session.flush()
    _write("bank-transfer-details", transfer)
    return transfer


def note_receipt(
    transfer: Transfer, amount_minor: int, *, came_on: date, note: str, by: str
) -> None:
    """Note money that came for a locked transfer. When all is there, the order is paid; what is too much goes back.

    Raises:
        Refused: the day has not come yet.
    """
    if came_on > now().date() + timedelta(days=1):  # it may be tomorrow already where the bank is
        raise Refused(
            _("This day has not come yet. Enter the date on the bank statement."), field="came_on"
        )
    was_awaited = transfer.is_awaited
    receipt = Receipt(amount_minor=amount_minor, came_on=came_on, note=note, noted_by=by)
    transfer.receipts.append(receipt)
    if transfer.paid_at is not None:
        _send_back(transfer, amount_minor, _("The order had been paid already."))
    elif transfer.kept_minor >= transfer.amount_minor:
        _send_back(
            transfer, transfer.kept_minor - transfer.amount_minor, _("More came than was due.")
        )
        transfer.paid_at = now()
        settle(PROVIDER, transfer.reference)
    elif was_awaited:
        _write("bank-transfer-missing", transfer)
    else:
        _send_back(transfer, transfer.kept_minor, _("The order was not paid in time."))


def end(transfer: Transfer) -> None:
    """Wait for a locked transfer no longer: what came of it so far goes back."""
    if transfer.is_awaited:
        transfer.ended_at = now()
        _send_back(transfer, transfer.kept_minor, _("The order was not paid in full."))


def give_back(transfer: Transfer, amount_minor: int, *, key: str, reason: str) -> Return:
    """Have staff send money of a paid, locked transfer back; once a key.

    Raises:
        Refused: so much is not there.
    """
    for each in transfer.returns:
        if each.key == key:
            return each
    if transfer.paid_at is None or amount_minor > transfer.kept_minor:
        raise Refused(_("So much has not come, or has gone back already."))
    return _returned(transfer, amount_minor, key, reason)


def note_sent(entry: Return) -> None:
    """Money has gone back: staff have sent it. Noting it twice changes nothing."""
    entry.sent_at = entry.sent_at or now()


def remind() -> None:
    """Periodic: write once to those whose time to pay ends soon."""
    soon = select(Transfer.id).where(
        Transfer.paid_at.is_(None),
        Transfer.ended_at.is_(None),
        Transfer.reminded_at.is_(None),
        Transfer.pay_by < now() + REMIND,
        Transfer.pay_by > now(),
    )
    for transfer_id in db.session.scalars(soon.order_by(Transfer.id).limit(SHOWN)).all():
        transfer = locked(transfer_id)
        if transfer.is_awaited and transfer.reminded_at is None:
            transfer.reminded_at = now()
            _write("bank-transfer-reminder", transfer)


def _send_back(transfer: Transfer, amount_minor: int, reason: str) -> None:
    if amount_minor > 0:
        key = f"left-{transfer.id}-{len(transfer.returns)}"
        _returned(transfer, amount_minor, key, reason)


def _returned(transfer: Transfer, amount_minor: int, key: str, reason: str) -> Return:
    entry = Return(key=key, amount_minor=amount_minor, reason=reason[:300])
    transfer.returns.append(entry)
    db.session.flush()
    return entry


def _write(kind: str, transfer: Transfer) -> None:
    """Have the buyer written to, by a job: a mail takes a hundred times as long as what it tells of."""
    enqueue(MAIL_JOB, {"kind": kind, "transfer_id": transfer.id})


def write_mail(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: mail the buyer; not one who was forgotten meanwhile."""
    transfer = db.session.get(Transfer, payload["transfer_id"])
    if transfer is None or not transfer.email:
        return None
    account = current_settings(BankTransferSettings)
    page = external_url("bank_transfer.show", reference=transfer.reference)
    queue_it = prepare_mail(
        payload["kind"], transfer.email, {"transfer": transfer, "account": account, "page": page}
    )

    def queue_unless_forgotten() -> None:
        if db.session.get_one(Transfer, payload["transfer_id"]).email:
            queue_it()

    return queue_unless_forgotten


# Questions


def by_reference(reference: str, *, lock: bool = False) -> Transfer:
    """What a payment is called by us.

    Raises:
        NotFound: there is none.
    """
    query = select(Transfer).where(Transfer.reference == reference)
    return _found(
        db.session.scalar(
            (query.with_for_update() if lock else query).execution_options(populate_existing=True)
        )
    )


def locked(transfer_id: int) -> Transfer:
    """A transfer that nobody else changes before this unit of work ends.

    Raises:
        NotFound: there is none.
    """
    return _found(
        db.session.get(Transfer, transfer_id, with_for_update=True, populate_existing=True)
    )


def one(transfer_id: int) -> Transfer:
    """A transfer by its number.

    Raises:
        NotFound: there is none.
    """
    return _found(db.session.get(Transfer, transfer_id))


def return_numbered(return_id: int) -> Return:
    """Money that goes back, by its number.

    Raises:
        NotFound: there is none.
    """
    entry = db.session.get(Return, return_id, with_for_update=True, populate_existing=True)
    if entry is None:
        raise NotFound
    return entry


def of_order(number: str) -> Transfer | None:
    """The transfer that an order waits for."""
    query = select(Transfer).where(
        Transfer.order_number == number, Transfer.paid_at.is_(None), Transfer.ended_at.is_(None)
    )
    return db.session.scalar(query.order_by(Transfer.id.desc()).limit(1))


def all_of_order(number: str) -> Sequence[Transfer]:
    """The transfers of an order: one each time its buyer chose to pay so."""
    return db.session.scalars(select(Transfer).where(Transfer.order_number == number)).all()


def awaited(words: str = "") -> Sequence[Transfer]:
    """Transfers that orders wait for, the first to end first; with `words`, any whose order or buyer is so called."""
    query = select(Transfer).order_by(Transfer.pay_by, Transfer.id).limit(SHOWN)
    if words:
        like = [Transfer.order_number.icontains(words, autoescape=True)]
        like.append(Transfer.email.icontains(words, autoescape=True))
        return db.session.scalars(query.where(or_(*like))).all()
    query = query.where(Transfer.paid_at.is_(None), Transfer.ended_at.is_(None))
    return db.session.scalars(query).all()


def to_send_back() -> Sequence[Return]:
    """Money that staff have to send back, the oldest first."""
    query = select(Return).where(Return.sent_at.is_(None)).order_by(Return.id).limit(SHOWN)
    return db.session.scalars(query).all()


def _found(transfer: Transfer | None) -> Transfer:
    if transfer is None:
        raise NotFound
    return transfer
