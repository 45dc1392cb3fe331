"""The sandbox as the checkout sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import current_app
from flask_babel import lazy_gettext as _l

from shop.blueprints.payments_sandbox import bank, signature
from shop.blueprints.payments_sandbox.models import SandboxState
from shop.core import clock
from shop.core.errors import NotFound, Refused
from shop.core.security import absolute_url, base_url
from shop.core.unit_of_work import unit_of_work
from shop.plugins.api import (
    DisputeVerdict,
    PaymentRequest,
    PaymentStarted,
    PaymentVerdict,
    RefundVerdict,
    WebhookForged,
    WebhookNotice,
)


class Sandbox:
    """A `PaymentProvider` that moves no money."""

    name = bank.NAME
    label: str = _l("Test payment")
    form_targets: tuple[str, ...] = ()

    def is_offered(self) -> bool:
        """Only where nobody can pay for real: else everything could be had for nothing."""
        return not current_app.config["SHOP"].stripe_secret_key

    def start(self, payment: PaymentRequest) -> PaymentStarted:
        """Open a payment; its page is one of ours."""
        with unit_of_work():
            reference = bank.open_payment(payment).reference
        address = absolute_url("payments_sandbox.show", reference=reference)
        return PaymentStarted(reference, address.removeprefix(base_url()))

    def look_up(self, reference: str) -> PaymentVerdict:
        """What became of a payment.

        Raises:
            NotFound: there is no such payment.
        """
        payment = bank.payment_or_404(reference)
        if payment.state == SandboxState.PAID:
            return PaymentVerdict(reference, "paid", payment.amount_minor, payment.currency)
        if payment.state == SandboxState.FAILED:
            return PaymentVerdict(reference, "failed", reason="The card was declined (test)")
        if payment.state == SandboxState.EXPIRED or payment.expires_at <= clock.now():
            return PaymentVerdict(reference, "expired", reason="The payment expired (test)")
        return PaymentVerdict(reference, "open")

    def expire(self, reference: str) -> None:
        """End an open payment."""
        with unit_of_work():
            bank.decide(reference, SandboxState.EXPIRED)

    def refund(
        self,
        reference: str,
        *,
        amount_minor: int,
        currency: str,
        idempotency_key: str,
        reason: str,
    ) -> RefundVerdict:
        """Nothing was paid here, so nothing can go back."""
        raise Refused("The sandbox gives nothing back.")

    def look_up_refund(self, reference: str) -> RefundVerdict:
        """There are none."""
        raise NotFound

    def look_up_dispute(self, reference: str) -> DisputeVerdict:
        """There are none."""
        raise NotFound

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice | None:
        """Verify a message of the sandbox.

        Raises:
            WebhookForged: it is not from the sandbox, or not of now.
        """
        signature.verify(body, headers.get(signature.HEADER, ""))
        try:
            told = json.loads(body)
            said = [told[key] for key in ("id", "type", "reference")]
        except (ValueError, KeyError, TypeError) as error:
            raise WebhookForged("it does not say what happened") from error
        if not all(isinstance(value, str) for value in said):
            raise WebhookForged("it does not say what happened")
        return WebhookNotice(*said)
