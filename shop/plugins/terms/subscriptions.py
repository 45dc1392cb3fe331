"""Types for recurring payments: what a plugin offers, what a provider is asked for, and what it says.

A *subscription* here is an agreement to pay the same again and again until somebody ends it. (The newsletter's
subscribers are something else.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from shop.plugins.terms.payments import PaymentProvider, PaymentStarted

Interval = Literal["month", "year"]
SubscriptionState = Literal["starting", "active", "past_due", "ended"]


@dataclass(frozen=True, slots=True)
class SubscriptionOffer:
    """What a buyer is about to pay for, again and again. Each payment becomes an order, with an invoice.

    Attributes:
        subject: whose subscription to what, such as `membership:12`, beginning with your plugin's name. Nobody pays
            twice for one subject: it has one subscription at a time that has not ended.
        title: on the payment page, orders and invoices.
        amount_minor: of each payment, above zero, with its tax.
        currency: of that amount.
        every: how often: `month` or `year`.
        email: the buyer's.
        name: the buyer's.
        account_id: the buyer's account, if they have one.
        tax_label: such as `VAT`; empty without tax.
        tax_rate: in thousandths of a percent: 19 % is 19000. The tax is in the amount.
        country: whose tax it is, ISO 3166-1 alpha-2.
    """

    subject: str
    title: str
    amount_minor: int
    currency: str
    every: Interval
    email: str
    name: str = ""
    account_id: int | None = None
    tax_label: str = ""
    tax_rate: int = 0
    country: str = ""


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What a provider is asked to charge again and again.

    Attributes:
        title: what it is for.
        amount_minor: of each payment.
        currency: of that amount.
        every: how often: `month` or `year`.
        email: the buyer's.
        idempotency_key: the same key starts the same subscription.
        expires_at: until when the buyer may start to pay (UTC).
        return_url: where the buyer goes after paying or failing (whole address).
        cancel_url: where the buyer goes after giving up (whole address).
        locale: in which language to speak to the buyer.
    """

    title: str
    amount_minor: int
    currency: str
    every: Interval
    email: str
    idempotency_key: str
    expires_at: datetime
    return_url: str
    cancel_url: str
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class SubscriptionCharge:
    """One payment that a provider has taken for a subscription.

    Attributes:
        reference: what the provider calls the payment; `refund` knows it by this, and it is never used again.
        amount_minor: what was really charged.
        currency: of that amount.
        starts_at: from when it is paid (UTC).
        ends_at: until when it is paid (UTC).
        is_adjusted: it is another amount than the agreed one because the subscription was changed: the difference for
            the rest of what is paid already, or an amount less a credit.
    """

    reference: str
    amount_minor: int
    currency: str
    starts_at: datetime
    ends_at: datetime
    is_adjusted: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionVerdict:
    """What a provider says of a subscription.

    Attributes:
        reference: what the provider calls it.
        state: `open` while the buyer has not paid for the first time; `past_due` while a renewal could not be charged,
            and is tried again; `ended` is final, `expired` too: it never began.
        charges: every payment that was taken, oldest first.
        ends_at: when it will end because somebody ended it; None while it goes on.
        pay_url: where the buyer pays a renewal that failed, or names another card (whole address).
        next_try_at: when the provider charges a failed renewal again (UTC).
        idempotency_key: the key under which it was begun, where the provider knows it.
        amount_minor: what the next payments are agreed to be, where the provider says it; credits are not counted.
        paid_until: until when it is paid (UTC), where that is more than the charges say: a credit paid for a period.
    """

    reference: str
    state: Literal["open", "active", "past_due", "ended", "expired"]
    charges: tuple[SubscriptionCharge, ...] = ()
    ends_at: datetime | None = None
    pay_url: str = ""
    next_try_at: datetime | None = None
    idempotency_key: str = ""
    amount_minor: int | None = None
    paid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """What a provider is asked to charge from now on, in place of what was agreed. The currency and how often stay.

    Attributes:
        title: what it is for.
        amount_minor: of each payment.
        currency: of that amount.
        idempotency_key: the same key makes the same change, once.
    """

    title: str
    amount_minor: int
    currency: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription, as plugins see it.

    Attributes:
        id: its number here.
        subject: whose subscription to what.
        state: `starting` until the first payment; `past_due` while a renewal has failed and is tried again.
        title: what is paid for.
        amount_minor: of each payment.
        currency: of that amount.
        every: how often: `month` or `year`.
        email: the buyer's; empty when the buyer was forgotten.
        account_id: the buyer's account.
        started_at: when the buyer first set out to pay (UTC).
        paid_until: until when it is paid (UTC); None before the first payment.
        ends_at: when it will end, because somebody ended it; None while it goes on.
        past_due_since: since when a renewal has failed.
        pay_url: where the buyer pays a renewal that failed.
        ended_at: when it was over.
        order_ids: its orders, one a payment, the oldest first.
    """

    id: int
    subject: str
    state: SubscriptionState
    title: str
    amount_minor: int
    currency: str
    every: Interval
    email: str
    account_id: int | None
    started_at: datetime
    paid_until: datetime | None
    ends_at: datetime | None
    past_due_since: datetime | None
    pay_url: str
    ended_at: datetime | None
    order_ids: tuple[int, ...]


@runtime_checkable
class RecurringProvider(PaymentProvider, Protocol):
    """A payment method that charges again and again. Notices about subscriptions say `about="recurring"`."""

    def subscribe(self, asked: SubscriptionRequest) -> PaymentStarted:
        """Begin a subscription: where the buyer goes on to pay for the first time."""

    def look_up_subscription(self, reference: str) -> SubscriptionVerdict:
        """Ask the provider where a subscription stands."""

    def end_subscription(self, reference: str, *, at_once: bool) -> None:
        """Charge no more: from now on, or from the end of what is paid. What has ended is left alone."""

    def keep_subscription(self, reference: str) -> None:
        """Go on after all, before the end of what is paid."""


@runtime_checkable
class ChangeableProvider(RecurringProvider, Protocol):
    """A payment method that can charge another amount in the middle of what is paid."""

    def change_subscription(self, reference: str, asked: SubscriptionChange) -> None:
        """Charge the difference for the rest of what is paid now; or, where it is less, take it off the next payments.

        Raises `Refused`: the difference could not be charged, and nothing has changed.
        """
