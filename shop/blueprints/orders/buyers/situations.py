"""Where an order stands, in words for its buyer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from shop.blueprints.orders import extensions, queries
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import DisputeStanding, OrderState
from shop.plugins.api import OrderSituation


def state_key(order: Order) -> str:
    """Changes whenever the page would say something else; what a waiting page compares."""
    return "-".join([order.state, *extensions.extended_progress(order)])


def situation_of(order: Order) -> OrderSituation:
    """Where things stand, and what comes next: as features above say it, else as the order itself knows."""
    said = extensions.extended_situation(order)
    if said is not None:
        return said
    if order.is_cancelled:
        return OrderSituation(
            _("This order was cancelled"),
            _("We have cancelled it. Nothing was charged.")
            if queries.was_cancelled_by_staff(order.id)
            else _("It was not paid in time, or you changed it. Nothing was charged."),
            "close",
            is_good=False,
            may_order_again=True,
        )
    if order.is_awaiting_payment:
        return OrderSituation(
            _("Waiting for your payment"),
            _(
                "When the payment is confirmed, this page will show it, and we will send you an email."
            ),
            "clock",
            is_good=True,
        )
    return _paid(order)


def _paid(order: Order) -> OrderSituation:
    if order.is_refunded:
        return OrderSituation(
            _("Your refund is on its way"),
            _(
                "We have refunded everything to your original payment method. Banks take up to ten days "
                "to show it."
            ),
            "check",
            is_good=True,
        )
    if order.dispute_state == DisputeStanding.LOST:
        return OrderSituation(
            _("Your bank has taken the money back"),
            _("We will not send anything more of this order. If this is a mistake, contact us."),
            "warning",
            is_good=False,
        )
    if order.is_disputed and order.outstanding:
        return OrderSituation(
            _("This order is waiting for your bank"),
            _(
                "Your bank was asked to take the money back. We will not send anything until it has decided."
            ),
            "clock",
            is_good=False,
        )
    if order.state == OrderState.PARTLY_FULFILLED:
        return OrderSituation(
            _("Part of your order is on its way"),
            _("We have shipped a parcel. The rest will come in another one."),
            "box",
            is_good=True,
        )
    if not order.needs_shipping and not order.has_downloads:
        return OrderSituation(_("Thank you"), _("Your order is paid."), "check", is_good=True)
    if not order.needs_shipping:
        heading = _("Thank you, %(name)s", name=order.name) if order.name else _("Thank you")
        return OrderSituation(
            heading, _("Your order is paid and ready to download."), "check", is_good=True
        )
    if order.state == OrderState.FULFILLED:
        return OrderSituation(
            _("Your order is on its way"), _("We have shipped your order."), "box", is_good=True
        )
    heading = _("Thank you, %(name)s", name=order.name) if order.name else _("Thank you")
    return OrderSituation(
        heading,
        _("Your order is paid. We will email you when we ship it."),
        "check",
        is_good=True,
    )


@dataclass(frozen=True, slots=True)
class OrderStep:
    """A station of an order's way to its buyer; `at` is None while it is still to come (UTC)."""

    label: str
    at: datetime | None


def steps_of(order: Order) -> list[OrderStep]:
    """The way of an order that is shipped: ordered, paid, sent. Empty for one that nothing is sent of."""
    if not order.is_paid or not order.needs_shipping or order.is_refunded:
        return []
    sent = queries.reached_at(order.id, OrderState.FULFILLED)
    steps = [OrderStep(_("Ordered"), order.placed_at), OrderStep(_("Paid"), order.paid_at)]
    partly = queries.reached_at(order.id, OrderState.PARTLY_FULFILLED)
    if partly is not None:
        steps.append(OrderStep(_("First parcel sent"), partly))
    return [*steps, OrderStep(_("All sent") if partly else _("Sent"), sent)]
