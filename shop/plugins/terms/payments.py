"""Types for payments: what a provider is asked, and what it answers.

Amounts are whole minor units of the currency (ISO 4217, upper case), moments are in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a checkout can't go on.

    Attributes:
        message: in words for the buyer.
    """

    message: str


class CheckoutCheck(Protocol):
    """Looks at an order before it is placed.

    Attributes:
        name: stands in the log when the check fails.
    """

    name: str

    def check(self, *, email: str, total_minor: int, currency: str) -> Refusal | None:
        """None when all is well. `total_minor` is what the buyer will pay, in minor units of `currency`."""


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One line of what is paid for.

    Attributes:
        title: what it is, with its variant.
        unit_minor: the price of one, before any discount, in minor units.
        quantity: how many.
    """

    title: str
    unit_minor: int
    quantity: int


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What is to be paid. A request that is repeated says the same in every field.

    Attributes:
        order_token: names the order in addresses; whoever knows it sees the order.
        order_number: names the order to people.
        amount_minor: what to charge: the lines, less the discount, plus shipping, plus tax that prices do not include.
        currency: of all amounts.
        email: of the buyer.
        lines: what was ordered.
        shipping_minor: what sending costs.
        tax_minor: tax that comes on top of the prices; 0 where they include it.
        expires_at: when our reservation of the stock ends (UTC). No payment should be possible later.
        idempotency_key: stored with the payment. Starting twice with the same key starts one payment.
        return_url: where the buyer comes back to after paying or failing.
        cancel_url: where the buyer comes back to after changing their mind.
        locale: the language of the site, e.g. `en`.
        discount_minor: what is taken off, above zero.
        discount_label: what the discount is, in the buyer's words.
        shipping_label: what the shipping method is, in the buyer's words.
        needs_shipping: whether anything is shipped.
        started_at: when we first tried (UTC).
    """

    order_token: str
    order_number: str
    amount_minor: int
    currency: str
    email: str
    lines: tuple[PaymentLine, ...]
    shipping_minor: int
    tax_minor: int
    expires_at: datetime
    idempotency_key: str
    return_url: str
    cancel_url: str
    locale: str = "en"
    discount_minor: int = 0
    discount_label: str = ""
    shipping_label: str = ""
    needs_shipping: bool = False
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentStarted:
    """A payment that the provider knows now.

    Attributes:
        reference: what the provider calls it, 255 characters at most.
        redirect_url: where the buyer goes on to pay. Its origin is one of the provider's `form_targets`, or ours.
        pay_by: of a payment that the buyer makes later and elsewhere, such as a bank transfer: until when (UTC, 60 days
            at most). The order and its stock are kept so long, and the cart is emptied. Say `settle` when there is
            news. None where the buyer pays now.
    """

    reference: str
    redirect_url: str
    pay_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentVerdict:
    """What a provider says of a payment.

    Attributes:
        reference: what the provider calls it.
        state: `open` may still become anything; the others are final.
        amount_minor: what was really charged. An order is only paid when amount and currency match it.
        currency: of that amount.
        reason: why it failed, in words.
        idempotency_key: the key under which it was begun, where the provider knows it: a payment that was begun for
            another order pays nothing here.
        is_under_way: an open payment for which the buyer has done everything, while a bank takes its time: it can't be
            ended any more.
        declines: how many cards were refused so far.
    """

    reference: str
    state: Literal["open", "paid", "failed", "expired"]
    amount_minor: int = 0
    currency: str = ""
    reason: str = ""
    idempotency_key: str = ""
    is_under_way: bool = False
    declines: int = 0


@dataclass(frozen=True, slots=True)
class RefundVerdict:
    """What a provider says of a refund, ours or one that somebody asked for in the provider's own dashboard.

    Attributes:
        reference: what the provider calls the refund.
        payment_reference: what the provider calls the payment.
        state: `pending` may still become anything; `failed` moved no money.
        amount_minor: what goes back, above zero.
        currency: of that amount.
        reason: why it failed, in words.
    """

    reference: str
    payment_reference: str
    state: Literal["pending", "done", "failed"]
    amount_minor: int
    currency: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DisputeVerdict:
    """What a provider says of a dispute (chargeback): the buyer's bank wants the money back.

    Attributes:
        reference: what the provider calls the dispute.
        payment_reference: what the provider calls the payment.
        state: while it is `open` the bank holds the money; `won` gives it back to us, `lost` to the buyer.
        amount_minor: what is disputed.
        currency: of that amount.
        reason: what the buyer's bank says, in words.
        respond_by: until when it may be answered, at the provider (UTC).
    """

    reference: str
    payment_reference: str
    state: Literal["open", "won", "lost"]
    amount_minor: int
    currency: str
    reason: str = ""
    respond_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """A genuine message of a provider. It is only a reason to look the thing up: nothing in it is believed.

    Attributes:
        event_id: the same in repeats; a message is acted on once.
        kind: what the provider calls what happened; only shown.
        reference: names the thing that it is about.
        about: what that thing is.
    """

    event_id: str
    kind: str
    reference: str
    about: Literal["payment", "refund", "dispute", "recurring"] = "payment"


class WebhookForged(Exception):
    """A webhook was not signed by its provider, is stale, or is dated in the future: the answer is 400."""


class PaymentProvider(Protocol):
    """A payment method. Every function may be called again with the same values, and may raise when the provider is
    away.

    Attributes:
        name: lower case, unique; part of the webhook's address, and stored with each payment.
        sends_webhooks: whether it tells us what became of a payment. Of one that does not, payments are found by asking
            alone: call `settle` when you learn that there is something to ask about.
    """

    name: str
    sends_webhooks: bool

    @property
    def label(self) -> str:
        """What buyers choose."""

    @property
    def form_targets(self) -> tuple[str, ...]:
        """Origins (`https://pay.example`) that the checkout may lead to, for the Content-Security-Policy."""

    def is_offered(self) -> bool:
        """Whether buyers may choose it now: it is configured, and meant for this site. Raising counts as no."""

    def start(self, payment: PaymentRequest) -> PaymentStarted:
        """Begin a payment. On an error this payment method is hidden and the others are offered."""

    def look_up(self, reference: str) -> PaymentVerdict:
        """Ask the provider what became of a payment."""

    def expire(self, reference: str) -> None:
        """End an open payment, because the cart changed or the reservation ended; one that ended is left alone."""

    def refund(
        self,
        reference: str,
        *,
        amount_minor: int,
        currency: str,
        idempotency_key: str,
        reason: str,
    ) -> RefundVerdict:
        """Give money of the paid payment `reference` back; the same key gives it back once.

        Raises:
            Refused: it will never be possible (more than was paid): the amount, the payment or the method is wrong.
        """

    def look_up_refund(self, reference: str) -> RefundVerdict:
        """Ask the provider what became of a refund: once an hour while it is `pending`, and after its webhook."""

    def look_up_dispute(self, reference: str) -> DisputeVerdict:
        """Ask the provider where a dispute stands."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice | None:
        """Verify a message at `/webhooks/<name>` on its raw body; None for one that concerns no payment of ours.

        Raises:
            WebhookForged: it is not from the provider, or not of now.
        """
