"""Bank transfer as the checkout sees it. It asks nobody: what staff noted is what it knows."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from bookstall_bank_transfer import transfers
from bookstall_bank_transfer.models import Return, Transfer
from bookstall_bank_transfer.settings import BankTransferSettings
from shop.plugins.api import (
    DisputeVerdict,
    NotFound,
    PaymentRequest,
    PaymentStarted,
    PaymentVerdict,
    RefundVerdict,
    WebhookNotice,
    current_settings,
    unit_of_work,
    visitor,
)

RETURN = "return-"


class BankTransfer:
    """A `PaymentProvider`."""

    name = transfers.PROVIDER
    label = _l("Bank transfer")
    sends_webhooks = False
    form_targets = ()

    def is_offered(self) -> bool:
        """As soon as buyers can be told where to pay."""
        settings = current_settings(BankTransferSettings)
        if not settings.is_complete:
            return False
        return not settings.is_for_accounts or visitor() is not None

    def start(self, payment: PaymentRequest) -> PaymentStarted:
        """Await the money, and show the order with the account to pay to."""
        with unit_of_work():
            transfer = transfers.expect(payment)
            return PaymentStarted(transfer.reference, payment.return_url, pay_by=transfer.pay_by)

    def look_up(self, reference: str) -> PaymentVerdict:
        """Paid when all of it has come; never another amount, because what is too much goes back."""
        transfer = transfers.by_reference(reference)
        if transfer.paid_at is not None:
            return PaymentVerdict(
                reference,
                "paid",
                transfer.amount_minor,
                transfer.currency,
                idempotency_key=transfer.key,
            )
        if transfer.ended_at is not None:
            return PaymentVerdict(reference, "expired", idempotency_key=transfer.key)
        return PaymentVerdict(reference, "open", idempotency_key=transfer.key)

    def expire(self, reference: str) -> None:
        """Wait no longer."""
        with unit_of_work():
            transfers.end(transfers.by_reference(reference, lock=True))

    def refund(
        self,
        reference: str,
        *,
        amount_minor: int,
        currency: str,
        idempotency_key: str,
        reason: str,
    ) -> RefundVerdict:
        """Staff send it back from the bank; it is pending until they note that they did."""
        with unit_of_work():
            transfer = transfers.by_reference(reference, lock=True)
            entry = transfers.give_back(
                transfer, amount_minor, key=idempotency_key, reason=reason or _("A refund.")
            )
            return _verdict(entry, transfer)

    def look_up_refund(self, reference: str) -> RefundVerdict:
        """Whether staff have sent it."""
        number = reference.removeprefix(RETURN)
        if not number.isdecimal():
            raise NotFound
        entry = transfers.return_numbered(int(number))
        return _verdict(entry, transfers.one(entry.transfer_id))

    def look_up_dispute(self, reference: str) -> DisputeVerdict:
        """Nobody can dispute a transfer."""
        raise NotFound

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice | None:
        """No bank writes to us."""
        return None


def _verdict(entry: Return, transfer: Transfer) -> RefundVerdict:
    return RefundVerdict(
        f"{RETURN}{entry.id}",
        transfer.reference,
        "pending" if entry.sent_at is None else "done",
        entry.amount_minor,
        transfer.currency,
    )
