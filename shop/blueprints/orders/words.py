"""The state of an order in words for its buyer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from shop.blueprints.orders.models import Order, Payment
from shop.blueprints.orders.states import (
    UNDECIDED,
    UNSERVED,
    DisputeStanding,
    OrderState,
    PaymentState,
)
from shop.core import clock

WATCH = timedelta(minutes=40)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the order's page says at its top. `is_watched`: the page looks again by itself."""

    heading: str
    text: str
    icon: str
    is_good: bool
    is_watched: bool = False
    may_pay: bool = False


def state_key(order: Order) -> str:
    """Changes whenever the page would say something else; what a waiting page compares."""
    return "-".join([order.state, *(payment.state for payment in order.payments)])


def situation_of(order: Order) -> Situation:
    """Where things stand, and what comes next."""
    back = _payment_that_goes_back(order)
    if back is not None and not order.is_paid:
        return _paying_back(order, back)
    if order.state == OrderState.CANCELLED:
        return Situation(
            _("This order was cancelled"),
            _("It was not paid in time, or you changed it. Nothing was charged."),
            "close",
            is_good=False,
        )
    if order.is_awaiting_payment:
        return _waiting(order)
    return _paid(order)


def _payment_that_goes_back(order: Order) -> Payment | None:
    if order.payments and order.payments[-1].state in UNDECIDED:
        return None  # the buyer is paying once more
    return next((each for each in reversed(order.payments) if each.state in UNSERVED), None)


def _paying_back(order: Order, payment: Payment) -> Situation:
    """We hold, or held, money that we can't take; its payment says why."""
    if payment.state == PaymentState.GIVEN_BACK:
        heading = _("Your money is on its way back")
        text = _(
            "%(reason)s. We have paid it back the way it came. Banks take up to ten days to show it.",
            reason=payment.reason,
        )
    else:
        heading = _("Your money will come back to you")
        text = _(
            "%(reason)s. We are paying it back the way it came. You need not do anything.",
            reason=payment.reason,
        )
    return Situation(heading, text, "warning", is_good=False, may_pay=order.is_awaiting_payment)


def _waiting(order: Order) -> Situation:
    last: Payment | None = order.payments[-1] if order.payments else None
    if last is not None and last.under_way_at is not None:
        return _waiting_for_bank(last)
    if last is None or last.state in {PaymentState.FAILED, PaymentState.EXPIRED}:
        return Situation(
            _("The payment did not go through"),
            _(
                "Nothing was charged. What you chose is kept for you for a while, and your cart is still there."
            ),
            "warning",
            is_good=False,
            may_pay=True,
        )
    return Situation(
        _("Waiting for your payment"),
        _("As soon as the payment is confirmed, this page says so and we send you a mail."),
        "clock",
        is_good=True,
        is_watched=clock.now() - last.started_at < WATCH,
        may_pay=True,
    )


def _waiting_for_bank(payment: Payment) -> Situation:
    """The buyer has done everything; the cart is empty."""
    if payment.state in {PaymentState.FAILED, PaymentState.EXPIRED}:
        return Situation(
            _("The payment did not go through"),
            _("Your bank did not pay. Nothing was charged. Please order once more."),
            "warning",
            is_good=False,
        )
    return Situation(
        _("Waiting for your payment"),
        _("Your bank takes its time. As soon as the money is here, we send you a mail."),
        "clock",
        is_good=True,
        is_watched=clock.now() - payment.started_at < WATCH,
    )


def _paid(order: Order) -> Situation:
    if order.is_refunded:
        return Situation(
            _("Your money is on its way back"),
            _(
                "We have paid everything back the way it came. Banks take up to ten days to show it."
            ),
            "check",
            is_good=True,
        )
    if order.dispute_state == DisputeStanding.LOST:
        return Situation(
            _("Your bank has taken the money back"),
            _("Nothing more of this order is sent. If that is a mistake, write to us."),
            "warning",
            is_good=False,
        )
    if order.is_disputed and order.outstanding:
        return Situation(
            _("This order waits for your bank"),
            _("It was asked to take the money back. Until it has decided, nothing more is sent."),
            "clock",
            is_good=False,
        )
    if order.state == OrderState.PARTLY_FULFILLED:
        return Situation(
            _("Some of your order is on its way"),
            _("We have handed a parcel to the post. The rest comes in another one."),
            "box",
            is_good=True,
        )
    if not order.needs_shipping:
        heading = _("Thank you, %(name)s", name=order.name) if order.name else _("Thank you")
        return Situation(
            heading, _("Your order is paid and ready to download."), "check", is_good=True
        )
    if order.state == OrderState.FULFILLED:
        return Situation(
            _("Your order is on its way"), _("We have handed it to the post."), "box", is_good=True
        )
    heading = _("Thank you, %(name)s", name=order.name) if order.name else _("Thank you")
    return Situation(
        heading,
        _("Your order is paid. We will pack it and tell you when it leaves."),
        "check",
        is_good=True,
    )
