"""A way to pay that asks nobody."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shop.plugins.api import (
    ChangeableProvider,
    DisputeVerdict,
    NotFound,
    PaymentLine,
    PaymentRequest,
    PaymentStarted,
    PaymentVerdict,
    RecurringProvider,
    RefundVerdict,
    SubscriptionChange,
    SubscriptionCharge,
    SubscriptionRequest,
    SubscriptionVerdict,
    WebhookForged,
    WebhookNotice,
    enqueue,
    format_money,
    now,
    queue_mail,
    settle,
    unit_of_work,
)


class OnAccount:
    """A `RecurringProvider`: paid by hand. The owner looks at the bank; no buyer is offered it before."""

    name = "on-account"
    label = "On account"
    sends_webhooks = False
    form_targets = ()

    def is_offered(self) -> bool:
        return False

    def start(self, payment: PaymentRequest) -> PaymentStarted:
        """Tell the editor what to wait for, once, however often this is called."""
        bought = [in_words(line) for line in payment.lines]
        with unit_of_work():
            enqueue(
                "marginalia.expect",
                {
                    "number": payment.order_number,
                    "bought": bought,
                    "due": format_money(payment.amount_minor, payment.currency),
                },
                unique_key=f"marginalia.expect:{payment.idempotency_key}",
            )
        reference = f"account-{payment.idempotency_key}"
        pay_by = (payment.started_at or now()) + timedelta(days=14)
        return PaymentStarted(reference, payment.return_url, pay_by=pay_by)

    def look_up(self, reference: str) -> PaymentVerdict:
        return PaymentVerdict(reference, "open")

    def expire(self, reference: str) -> None:
        """Nothing is open anywhere else."""

    def refund(
        self,
        reference: str,
        *,
        amount_minor: int,
        currency: str,
        idempotency_key: str,
        reason: str,
    ) -> RefundVerdict:
        """The owner sends it back from the bank; it stays pending until the bank has done so."""
        return RefundVerdict(
            f"back-{idempotency_key}", reference, "pending", amount_minor, currency
        )

    def look_up_refund(self, reference: str) -> RefundVerdict:
        raise NotFound

    def look_up_dispute(self, reference: str) -> DisputeVerdict:
        raise NotFound

    def subscribe(self, asked: SubscriptionRequest) -> PaymentStarted:
        """Begun as soon as it is asked for: the first amount is written on the account."""
        return PaymentStarted(f"club-{asked.idempotency_key}", asked.return_url)

    def look_up_subscription(self, reference: str) -> SubscriptionVerdict:
        """Ask the one who keeps the account; until then it stays as it is."""
        paid = SubscriptionCharge(f"{reference}-1", 500, "EUR", now(), now() + timedelta(days=30))
        return SubscriptionVerdict(reference, "active", charges=(paid,))

    def end_subscription(self, reference: str, *, at_once: bool) -> None:
        """Nobody else has to be told."""

    def keep_subscription(self, reference: str) -> None:
        """The same."""

    def change_subscription(self, reference: str, asked: SubscriptionChange) -> None:
        """From now on another amount is written on the account."""
        with unit_of_work():
            due = format_money(asked.amount_minor, asked.currency)
            enqueue(
                "marginalia.expect",
                {"number": reference, "bought": [asked.title], "due": due},
                unique_key=f"marginalia.expect:{asked.idempotency_key}",
            )

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice | None:
        """What the bank sends: the number of its message and our reference, signed with the key that both know."""
        key = os.environ.get("MARGINALIA_BANK_KEY", "").encode()
        signature = hmac.new(key, body, "sha256").hexdigest()
        if not key or not hmac.compare_digest(signature, headers.get("X-Signature", "")):
            raise WebhookForged
        event_id, _space, reference = body.decode().partition(" ")
        return WebhookNotice(event_id, "transfer", reference)


def note_transfer(reference: str) -> None:
    """The owner has seen the money at the bank: have the payment looked up now, not some time."""
    with unit_of_work():
        settle(OnAccount.name, reference)


def in_words(line: PaymentLine) -> str:
    """A line as somebody writes it by hand."""
    return f"{line.quantity} × {line.title}"


def tell_of_expected(payload: dict[str, Any], editor: str) -> None:
    """Mail the editor what money is on its way."""
    if editor:
        words = f"{payload['number']}: {', '.join(payload['bought'])}, {payload['due']}"
        queue_mail("marginalia-note", editor, {"words": words})


def charges_again(provider: object) -> bool:
    """Whether a payment method can be used for the club."""
    return isinstance(provider, RecurringProvider)


def may_change(provider: object) -> bool:
    """Whether members can give more or less in the middle of a month."""
    return isinstance(provider, ChangeableProvider)
