"""Stripe as the checkout sees it: hosted Checkout by the official client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from shop.blueprints.payments_stripe import (
    amounts,
    billing,
    keys,
    notices,
    sessions,
    signature,
    verdicts,
)
from shop.blueprints.payments_stripe.connection import client
from shop.core.web.security import base_url
from shop.plugins.api import (
    DisputeVerdict,
    PaymentRequest,
    PaymentStarted,
    PaymentVerdict,
    RefundVerdict,
    Refused,
    SubscriptionChange,
    SubscriptionRequest,
    SubscriptionVerdict,
    WebhookNotice,
)

if TYPE_CHECKING:
    from stripe import PaymentIntent
    from stripe.checkout import Session

CHECKOUT_ORIGIN = "https://checkout.stripe.com"
LONGEST_METADATA = 500


class PaymentUnclear(Exception):
    """Stripe's answer names no payment of ours; it is asked again."""


class Stripe:
    """A `RecurringProvider`. Where no key is configured, a stand-in answers and no money moves."""

    name = keys.NAME
    sends_webhooks = True

    @property
    def label(self) -> str:
        """What buyers choose."""
        return str(_("Test payment") if keys.is_stand_in() else _("Card and more, by Stripe"))

    @property
    def form_targets(self) -> tuple[str, ...]:
        """The pay page of the stand-in is one of ours."""
        return () if keys.is_stand_in() else (CHECKOUT_ORIGIN,)

    def is_offered(self) -> bool:
        """Where people really pay, and where test payments may be made: nobody must get anything for a test alone."""
        return not keys.is_stand_in() or keys.is_stand_in_open()

    def start(self, payment: PaymentRequest) -> PaymentStarted:
        """Open a session; the same idempotency key opens the same one again.

        Raises:
            AmountNotPossible: Stripe can't charge exactly this.
            Refused: test payments may not be made here.
            stripe.StripeError: it could not be reached, or refused.
        """
        if not self.is_offered():
            raise Refused(_("Nobody can pay here yet."))
        session = client().v1.checkout.sessions.create(
            sessions.session_of(payment, coupon=_coupon(payment)),
            {"idempotency_key": f"session-{payment.idempotency_key}"},
        )
        return _started(session)

    def look_up(self, reference: str) -> PaymentVerdict:
        """What became of a payment.

        Raises:
            stripe.StripeError: it could not be reached, or knows no such session.
        """
        if keys.is_of_other_world(reference):
            return PaymentVerdict(reference, "expired", reason=_("It was a test payment"))
        session = _session(reference)
        intent = verdicts.intent_of(session)
        return verdicts.of_session(session, declines=_declines(intent))

    def expire(self, reference: str) -> None:
        """End an open session; one that is complete or has expired is left alone."""
        if keys.is_of_other_world(reference) or _session(reference).status != "open":
            return
        from stripe import InvalidRequestError

        try:
            client().v1.checkout.sessions.expire(reference)
        except InvalidRequestError:
            if _session(reference).status == "open":
                raise

    def refund(
        self,
        reference: str,
        *,
        amount_minor: int,
        currency: str,
        idempotency_key: str,
        reason: str,
    ) -> RefundVerdict:
        """Give money back to where it came from.

        Raises:
            Refused: Stripe will never do it: more than is left, or no such payment.
            stripe.StripeError: it could not be reached; the same key may be tried again.
        """
        if keys.is_of_other_world(reference):
            raise Refused(_("It was a test payment: no money moved."))
        from stripe import InvalidRequestError

        intent_id = _intent_of(reference)
        if intent_id is None:
            raise Refused(_("Nothing was paid."))
        try:
            refund = client().v1.refunds.create(
                {
                    "payment_intent": intent_id,
                    "amount": amounts.chargeable(amount_minor, currency),
                    "reason": "requested_by_customer",
                    "metadata": {"reason": reason[:LONGEST_METADATA]} if reason else {},
                },
                {"idempotency_key": f"refund-{idempotency_key}"},
            )
        except amounts.AmountNotPossible as error:
            raise Refused(_("Stripe can’t refund exactly this amount.")) from error
        except InvalidRequestError as error:
            raise Refused(
                _("Stripe refused: %(reason)s", reason=error.user_message or error.code)
            ) from error
        return verdicts.refund_verdict(refund, reference)

    def look_up_refund(self, reference: str) -> RefundVerdict:
        """What became of a refund, ours or one made in Stripe's dashboard."""
        refund = client().v1.refunds.retrieve(reference)
        return verdicts.refund_verdict(refund, _reference_of(refund.payment_intent))

    def look_up_dispute(self, reference: str) -> DisputeVerdict:
        """Where a dispute stands."""
        dispute = client().v1.disputes.retrieve(reference)
        return verdicts.of_dispute(dispute, _reference_of(dispute.payment_intent))

    def subscribe(self, asked: SubscriptionRequest) -> PaymentStarted:
        """Open a session in which the buyer pays for the first time.

        Raises:
            Refused: test payments may not be made here.
            stripe.StripeError: it could not be reached, or refused.
        """
        if not self.is_offered():
            raise Refused(_("Nobody can pay here yet."))
        return _started(
            client().v1.checkout.sessions.create(
                billing.subscription_session_of(asked),
                {"idempotency_key": f"subscription-{asked.idempotency_key}"},
            )
        )

    def look_up_subscription(self, reference: str) -> SubscriptionVerdict:
        """Where a subscription stands. Its name is that of the session in which it began."""
        if keys.is_of_other_world(reference):
            return SubscriptionVerdict(reference, "ended")
        return billing.verdict_on(reference)

    def end_subscription(self, reference: str, *, at_once: bool) -> None:
        """Cancel it, now or at the end of its period; one that has not begun can't be begun any more."""
        if not keys.is_of_other_world(reference):
            billing.cancel_there(reference, at_once=at_once)

    def keep_subscription(self, reference: str) -> None:
        """Take back that it is cancelled at the end of its period."""
        billing.keep_there(reference)

    def change_subscription(self, reference: str, asked: SubscriptionChange) -> None:
        """Charge another amount from now on, and the difference for the rest of the period at once.

        Raises:
            Refused: the card was refused, and nothing has changed.
            stripe.StripeError: it could not be reached, or refused.
        """
        billing.change_there(reference, asked)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice | None:
        """Verify one of Stripe's messages on its raw body.

        Raises:
            WebhookForged: it is not from Stripe, not of now, or no event.
        """
        header = {name.lower(): value for name, value in headers.items()}
        signature.verify_payload(
            body, header.get(signature.HEADER.lower(), ""), keys.webhook_secret()
        )
        return notices.notice_in(body)


def _started(session: Session) -> PaymentStarted:
    if not session.url:
        raise PaymentUnclear(f"session {session.id} has no address")
    address = session.url.removeprefix(base_url()) if keys.is_stand_in() else session.url
    return PaymentStarted(session.id, address)


def _intent_of(reference: str) -> str | None:
    """What was charged for a payment: by a session, or by the invoice of a subscription."""
    if reference.startswith(billing.INVOICE):
        return billing.intent_of_invoice(reference)
    intent = verdicts.intent_of(_session(reference))
    return intent.id if intent is not None else None


def _coupon(payment: PaymentRequest) -> str | None:
    asked = sessions.coupon_of(payment)
    if asked is None:
        return None
    key = f"coupon-{payment.idempotency_key}"
    return client().v1.coupons.create(asked, {"idempotency_key": key}).id


def _session(reference: str) -> Session:
    return client().v1.checkout.sessions.retrieve(reference, {"expand": ["payment_intent"]})


def _declines(intent: PaymentIntent | None) -> int:
    """How many cards were refused. Asked only where the last one was."""
    if intent is None or intent.last_payment_error is None:
        return 0
    charges = client().v1.charges.list({"payment_intent": intent.id, "limit": 100})
    return sum(charge.status == "failed" for charge in charges.data)


def _reference_of(intent: str | PaymentIntent | None) -> str:
    """The session or invoice that an intent belongs to: refunds and disputes don't name it."""
    intent_id = intent if isinstance(intent, str) or intent is None else intent.id
    if intent_id is None:
        return ""
    found = client().v1.checkout.sessions.list({"payment_intent": intent_id, "limit": 1}).data
    return found[0].id if found else billing.invoice_of(intent_id)
