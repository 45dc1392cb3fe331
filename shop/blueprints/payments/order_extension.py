"""What payments add to orders: the situation of one that waits for money, its timeline, and whether money is owed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import order_by_id_or_404
from shop.blueprints.payments import queries
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.recurring.queries import subscription_of_order
from shop.blueprints.payments.refunds import queries as refunds
from shop.blueprints.payments.refunds.models import Refund
from shop.blueprints.payments.states import UNDECIDED, UNSERVED, PaymentState
from shop.core import clock
from shop.core.dates import day_in_words
from shop.plugins.api import OrderExtension, OrderSituation, OrderView, TimelineEntry, format_money

WATCH = timedelta(minutes=40)


def situation_of(order_id: int) -> OrderSituation | None:
    """Of an order that is not paid, what became of the attempts to pay it; None where the order says more itself."""
    order = order_by_id_or_404(order_id)
    if order.is_paid:
        return None if order.is_refunded else _of_subscription(order)
    payments = queries.payments_of(order_id)
    back = _payment_that_goes_back(payments)
    if back is not None:
        return _going_back(order, back)
    return _waiting(payments) if order.is_awaiting_payment else None


def _of_subscription(order: Order) -> OrderSituation | None:
    """Of an order that is a payment of a subscription, how long it is paid for."""
    subscription = subscription_of_order(order.id)
    if subscription is None or subscription.paid_until is None or subscription.ended_at is not None:
        return None
    return OrderSituation(
        _("Thank you"),
        _(
            "Your payment for %(title)s has arrived. It is paid until %(date)s.",
            title=subscription.title,
            date=day_in_words(subscription.paid_until),
        ),
        "check",
        is_good=True,
    )


def _payment_that_goes_back(payments: Sequence[Payment]) -> Payment | None:
    if payments and payments[-1].state in UNDECIDED:
        return None  # the buyer is paying once more
    return next((each for each in reversed(payments) if each.state in UNSERVED), None)


def _going_back(order: Order, payment: Payment) -> OrderSituation:
    """We hold, or held, money that we can't take; its payment says why."""
    if payment.state == PaymentState.GIVEN_BACK:
        heading = _("Your refund is on its way")
        text = _(
            "%(reason)s. We have refunded it to your original payment method. Banks take up to ten "
            "days to show it.",
            reason=payment.reason,
        )
    else:
        heading = _("You will get a refund")
        text = _(
            "%(reason)s. We are refunding it to your original payment method. You don’t need to do anything.",
            reason=payment.reason,
        )
    return OrderSituation(
        heading,
        text,
        "warning",
        is_good=False,
        may_pay=order.is_awaiting_payment,
        may_order_again=not order.is_awaiting_payment,
    )


def _waiting(payments: Sequence[Payment]) -> OrderSituation:
    last = payments[-1] if payments else None
    if last is not None and last.under_way_at is not None:
        return _waiting_for_bank(last)
    if last is None:
        return OrderSituation(
            _("Not paid yet"),
            _("Your items are reserved for a while."),
            "clock",
            is_good=True,
            may_pay=True,
        )
    if last.state in {PaymentState.FAILED, PaymentState.EXPIRED}:
        return OrderSituation(
            _("The payment failed"),
            _(
                "Nothing was charged, and your cart is still there. You can try again, or pay in another way."
            ),
            "warning",
            is_good=False,
            may_pay=True,
        )
    if last.pay_by is not None:
        return _paid_later(last.pay_by)
    return OrderSituation(
        _("Waiting for your payment"),
        _("When the payment is confirmed, this page will show it, and we will send you an email."),
        "clock",
        is_good=True,
        is_watched=clock.now() - last.started_at < WATCH,
        may_pay=True,
    )


def _paid_later(pay_by: datetime) -> OrderSituation:
    """The buyer pays elsewhere; how, is said by the provider's own part of the page."""
    return OrderSituation(
        _("Thank you. We are waiting for your payment"),
        _(
            "Please pay by %(date)s: until then your items are reserved. We will send you an email when the money "
            "arrives.",
            date=day_in_words(pay_by),
        ),
        "clock",
        is_good=True,
    )


def _waiting_for_bank(payment: Payment) -> OrderSituation:
    """The buyer has done everything; the cart is empty until the bank says no."""
    if payment.state in {PaymentState.FAILED, PaymentState.EXPIRED}:
        return OrderSituation(
            _("The payment failed"),
            _(
                "Your bank did not pay. Nothing was charged. You can try again, or pay in another way."
            ),
            "warning",
            is_good=False,
            may_pay=True,
        )
    return OrderSituation(
        _("Waiting for your payment"),
        _("Your bank needs some time. We will send you an email when the money arrives."),
        "clock",
        is_good=True,
        is_watched=clock.now() - payment.started_at < WATCH,
    )


def progress_of(order_id: int) -> str:
    """The states of its payments."""
    return "-".join(payment.state for payment in queries.payments_of(order_id))


def timeline_of(order_id: int) -> Iterator[TimelineEntry]:
    """Its refunds: decided, and done or failed."""
    for refund in refunds.refunds_of(order_id):
        amount = format_money(refund.amount_minor, refund.currency)
        title = _("Refund of %(amount)s requested", amount=amount)
        by = refund.by.name or refund.by.email if refund.by else None
        yield TimelineEntry(refund.asked_at, "refund", title, refund.reason, by)
        if refund.settled_at is not None:
            yield TimelineEntry(
                refund.settled_at, "refund", _outcome(refund, amount), refund.failure, None
            )


def _outcome(refund: Refund, amount: str) -> str:
    if refund.is_failed:
        return str(_("Refund of %(amount)s failed", amount=amount))
    return str(_("Refund of %(amount)s done", amount=amount))


def badges_of(order_ids: Sequence[int]) -> Mapping[int, str]:
    """Which orders' money has to go back."""
    return {order_id: _("Refund due") for order_id in queries.orders_with_money_due_back(order_ids)}


EXTENSION = OrderExtension(
    name="payments",
    situation=situation_of,
    progress=progress_of,
    timeline=timeline_of,
    badges=badges_of,
    keeps_buyer=refunds.owes_money,
)


def paid_back(order: OrderView) -> Mapping[str, Any] | None:
    """What is on the buyer's page of money that went back."""
    found: Iterable[Refund] = [each for each in refunds.refunds_of(order.id) if not each.is_failed]
    return {"refunds": found} if found else None
