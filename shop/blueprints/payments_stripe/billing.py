"""Recurring payments with Stripe Billing: a session begins a subscription, whose invoices are its payments.

https://docs.stripe.com/billing/subscriptions/build-subscriptions. We call a subscription by the session in which it
began, and each of its payments by its invoice: both can be looked up for ever, and neither comes twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from flask_babel import gettext as _

from shop.blueprints.payments_stripe import amounts
from shop.blueprints.payments_stripe.connection import client
from shop.blueprints.payments_stripe.notices import SUBSCRIPTION_KEY
from shop.blueprints.payments_stripe.sessions import LONGEST, LONGEST_NAME, SHORTEST, locale_of
from shop.core import clock
from shop.plugins.api import (
    Refused,
    SubscriptionChange,
    SubscriptionCharge,
    SubscriptionRequest,
    SubscriptionVerdict,
)

if TYPE_CHECKING:
    from stripe import Invoice, InvoiceLineItem, Subscription
    from stripe.checkout import Session
    from stripe.params.checkout import SessionCreateParams

INVOICE = "in_"
State = Literal["open", "active", "past_due", "ended", "expired"]
STATES: dict[str, State] = {
    "trialing": "active",
    "active": "active",
    "past_due": "past_due",
    "unpaid": "past_due",
    "paused": "past_due",
    "incomplete": "open",
    "incomplete_expired": "expired",
    "canceled": "ended",
}
"""https://docs.stripe.com/api/subscriptions/object#subscription_object-status"""


def subscription_session_of(asked: SubscriptionRequest) -> SessionCreateParams:
    """The session in which a buyer pays for the first time. It says the same when it is asked for again.

    Raises:
        AmountNotPossible: Stripe can't charge exactly this.
    """
    kept = {SUBSCRIPTION_KEY: asked.idempotency_key}
    return {
        "mode": "subscription",
        "customer_email": asked.email,
        "locale": locale_of(asked.locale),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": asked.currency.lower(),
                    "unit_amount": amounts.chargeable(asked.amount_minor, asked.currency),
                    "product_data": {"name": asked.title[:LONGEST_NAME]},
                    "recurring": {"interval": asked.every},
                },
            }
        ],
        "metadata": kept,
        "subscription_data": {"metadata": kept, "description": asked.title[:LONGEST_NAME]},
        "success_url": asked.return_url,
        "cancel_url": asked.cancel_url,
        "expires_at": int(_ends_at(asked).timestamp()),
    }


def _ends_at(asked: SubscriptionRequest) -> datetime:
    now = clock.now()
    return asked.expires_at if now + SHORTEST < asked.expires_at < now + LONGEST else now + SHORTEST


def verdict_on(reference: str) -> SubscriptionVerdict:
    """Where a subscription stands, with every payment that was taken for it."""
    session = _session(reference)
    key = _key_of(session)
    subscription = _subscription_in(session)
    if subscription is None:
        state: State = "expired" if session.status == "expired" else "open"
        return SubscriptionVerdict(reference, state, idempotency_key=key)
    invoices = list(
        client()
        .v1.invoices.list({"subscription": subscription.id, "limit": 100})
        .auto_paging_iter()
    )
    unpaid = next((each for each in invoices if each.status == "open"), None)
    return SubscriptionVerdict(
        reference,
        STATES.get(subscription.status, "past_due"),
        charges=tuple(_charge(each) for each in reversed(invoices) if _is_paid(each)),
        ends_at=_moment(subscription.ended_at or subscription.cancel_at),
        pay_url=(unpaid.hosted_invoice_url or "") if unpaid else "",
        next_try_at=_moment(unpaid.next_payment_attempt) if unpaid else None,
        idempotency_key=key,
        amount_minor=_amount_of(subscription),
        paid_until=max(
            (_period(each)[1] for each in invoices if each.status == "paid"), default=None
        ),
    )


def _amount_of(subscription: Subscription) -> int | None:
    amount: int | None = subscription["items"].data[0].price.unit_amount
    return amount


def cancel_there(reference: str, *, at_once: bool) -> None:
    """Cancel a subscription; what has ended is left alone."""
    session = _session(reference)
    subscription = _subscription_in(session)
    if subscription is None:
        if session.status == "open":
            client().v1.checkout.sessions.expire(reference)
    elif subscription.status in {"canceled", "incomplete_expired"}:
        return
    elif at_once:
        client().v1.subscriptions.cancel(subscription.id)
    else:
        client().v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})


def keep_there(reference: str) -> None:
    """Let a subscription go on that was to end with its period.

    Raises:
        Refused: there is none.
    """
    subscription = _subscription_in(_session(reference))
    if subscription is None:
        raise Refused(_("This has ended already."))
    client().v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})


def change_there(reference: str, asked: SubscriptionChange) -> None:
    """Charge another amount: https://docs.stripe.com/billing/subscriptions/prorations. What is less is a credit.

    Raises:
        Refused: there is none, or the card was refused; nothing has changed.
        AmountNotPossible: Stripe can't charge exactly this.
    """
    from stripe import CardError

    subscription = _subscription_in(_session(reference))
    if subscription is None:
        raise Refused(_("This has ended already."))
    item = subscription["items"].data[0]
    recurring = item.price.recurring
    try:
        client().v1.subscriptions.update(
            subscription.id,
            {
                "description": asked.title[:LONGEST_NAME],
                "items": [
                    {
                        "id": item.id,
                        "price_data": {
                            "currency": asked.currency.lower(),
                            "product": str(item.price.product),
                            "recurring": {"interval": recurring.interval if recurring else "month"},
                            "unit_amount": amounts.chargeable(asked.amount_minor, asked.currency),
                        },
                    }
                ],
                "payment_behavior": "error_if_incomplete",
                "proration_behavior": "always_invoice",
            },
            {"idempotency_key": f"change-{asked.idempotency_key}"},
        )
    except CardError as error:
        raise Refused(_("Your card was refused. Nothing has changed.")) from error


def intent_of_invoice(invoice_id: str) -> str | None:
    """What was charged for an invoice."""
    invoice = client().v1.invoices.retrieve(invoice_id, {"expand": ["payments"]})
    for each in invoice.payments.data if invoice.payments else ():
        intent = each.payment.payment_intent
        if each.status == "paid" and intent is not None:
            return intent if isinstance(intent, str) else intent.id
    return None


def invoice_of(intent_id: str) -> str:
    """The invoice that an intent paid; empty when there is none."""
    found = (
        client()
        .v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": intent_id}, "limit": 1}
        )
        .data
    )
    if not found:
        return ""
    invoice = found[0].invoice
    return invoice if isinstance(invoice, str) else str(invoice.id)


def _session(reference: str) -> Session:
    return client().v1.checkout.sessions.retrieve(reference, {"expand": ["subscription"]})


def _subscription_in(session: Session) -> Subscription | None:
    subscription = session.subscription
    if isinstance(subscription, str):
        raise TypeError("the subscription was not expanded")
    return subscription


def _key_of(session: Session) -> str:
    kept = session.metadata
    return str(kept[SUBSCRIPTION_KEY]) if kept is not None and SUBSCRIPTION_KEY in kept else ""


def _is_paid(invoice: Invoice) -> bool:
    return invoice.status == "paid" and invoice.amount_paid > 0


def _charge(invoice: Invoice) -> SubscriptionCharge:
    starts_at, ends_at = _period(invoice)
    return SubscriptionCharge(
        str(invoice.id),
        invoice.amount_paid,
        invoice.currency.upper(),
        starts_at,
        ends_at,
        is_adjusted=invoice.starting_balance != 0 or any(map(_is_proration, invoice.lines.data)),
    )


def _period(invoice: Invoice) -> tuple[datetime, datetime]:
    """The period of an invoice's line is what it pays for; that of the invoice itself is the one before."""
    period = invoice.lines.data[0].period
    return datetime.fromtimestamp(period.start, UTC), datetime.fromtimestamp(period.end, UTC)


def _is_proration(line: InvoiceLineItem) -> bool:
    details = line.parent.subscription_item_details if line.parent else None
    return details is not None and details.proration


def _moment(stamp: int | None) -> datetime | None:
    return datetime.fromtimestamp(stamp, UTC) if stamp else None
