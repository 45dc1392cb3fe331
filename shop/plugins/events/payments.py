"""Facts about the money of orders."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class BankDidNotPay(Event):
    """A payment on which a bank was at work failed: its buyer has left and believes that it is paid.

    Attributes:
        order_id: which order.
        payment_id: which payment.
    """

    order_id: int
    payment_id: int


@dataclass(frozen=True, slots=True)
class OrderExpired(Event):
    """An order was given up because it was not paid in time. `OrderCancelled` is published too.

    Attributes:
        order_id: which order.
    """

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderCalledOff(Event):
    """Staff gave up an order that was not paid. `OrderCancelled` is published too.

    Attributes:
        order_id: which order.
    """

    order_id: int


@dataclass(frozen=True, slots=True)
class RefundBecameDue(Event):
    """Money came in that no order can be served for. Published once a payment.

    Attributes:
        payment_id: which payment.
    """

    payment_id: int


@dataclass(frozen=True, slots=True)
class OrderRefunded(Event):
    """Money of a paid order went back. Published once a refund.

    The order's `refunded_minor` says how much by now; all of it, when that is its `total_minor`.

    Attributes:
        order_id: which order.
        refund_id: which refund.
    """

    order_id: int
    refund_id: int


@dataclass(frozen=True, slots=True)
class RefundFailed(Event):
    """A refund moved no money, or its money was returned to us; what it had changed is as before.

    Attributes:
        order_id: which order.
        refund_id: which refund.
    """

    order_id: int
    refund_id: int


@dataclass(frozen=True, slots=True)
class OrderDisputed(Event):
    """A bank was asked to take an order's money back. Published once a dispute.

    Without `dispute_id` it was published by a release that did not name it: the order's last is meant.

    Attributes:
        order_id: which order.
        dispute_id: which dispute.
    """

    order_id: int
    dispute_id: int | None = None


@dataclass(frozen=True, slots=True)
class DisputeClosed(Event):
    """A dispute was won or lost.

    Attributes:
        order_id: which order.
        dispute_id: which dispute.
    """

    order_id: int
    dispute_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionStarted(Event):
    """Somebody has paid for the first time for what is charged again and again. `OrderPaid` is published too.

    Attributes:
        subscription_id: which subscription; look it up with `look_up(SubscriptionView, ...)`.
    """

    subscription_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionRenewed(Event):
    """A subscription was charged once more: its next period, or what a change costs. `OrderPaid` is published too.

    Attributes:
        subscription_id: which subscription.
        order_id: the order of this payment.
    """

    subscription_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionChanged(Event):
    """Another amount is charged from now on. Look at the subscription for what was agreed.

    Attributes:
        subscription_id: which subscription.
    """

    subscription_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionPaymentFailed(Event):
    """A renewal could not be charged; published once more before the days of grace are over.

    Attributes:
        subscription_id: which subscription.
    """

    subscription_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionEnded(Event):
    """A subscription is over: nothing more is charged.

    Attributes:
        subscription_id: which subscription.
    """

    subscription_id: int
