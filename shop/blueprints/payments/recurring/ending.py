"""Ending a subscription at its provider, and going on after all: outside any transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from flask_babel import gettext as _

from shop.blueprints.orders import queries as order_queries
from shop.blueprints.payments.answers import tell
from shop.blueprints.payments.recurring import learning, queries
from shop.blueprints.payments.recurring.models import RecurringState
from shop.blueprints.payments.refunds.deciding import decide_refund
from shop.blueprints.payments.settings import PaymentSettings
from shop.blueprints.payments.states import PaymentState
from shop.core import clock, settings
from shop.plugins.api import JobKind, Refused, db, publish, unit_of_work
from shop.plugins.api.events import SubscriptionPaymentFailed

log = structlog.get_logger(__name__)

JOB = "payments.end_subscription"
LAST_CALL = timedelta(days=3)


def stop_charging(subscription_id: int, *, at_once: bool, refund_last: bool = False) -> None:
    """Charge no more; see `shop.plugins.verbs.selling.end_subscription`."""
    row = queries.subscription_numbered(subscription_id)
    name, reference, is_over = row.provider, row.reference, row.state == RecurringState.ENDED
    db.session.rollback()
    if reference is None:
        with unit_of_work():
            fresh = queries.locked(subscription_id)
            fresh.state, fresh.ended_at = RecurringState.ENDED, clock.now()
        return
    if not is_over:
        try:
            provider = learning.recurring_named(name)
            tell(provider, lambda: provider.end_subscription(reference, at_once=at_once))
            learning.look_up_subscription(subscription_id, learned_from="ending")
        except Exception as error:
            raise _silent(subscription_id, error) from error
    if refund_last:
        _refund_last(subscription_id)


def go_on_charging(subscription_id: int) -> None:
    """Go on after all; see `shop.plugins.verbs.selling.keep_subscription`."""
    row = queries.subscription_numbered(subscription_id)
    name, reference = row.provider, row.reference
    if row.state == RecurringState.ENDED or reference is None:
        raise Refused(_("This has ended already."))
    db.session.rollback()
    try:
        provider = learning.recurring_named(name)
        tell(provider, lambda: provider.keep_subscription(reference))
        learning.look_up_subscription(subscription_id, learned_from="ending")
    except Exception as error:
        raise _silent(subscription_id, error) from error


def _silent(subscription_id: int, error: Exception) -> Refused:
    log.warning("subscription.not_changed", subscription=subscription_id, error=repr(error))
    db.session.rollback()
    return Refused(
        _("The payment provider does not answer. Nothing has changed. Please try again.")
    )


def _refund_last(subscription_id: int) -> None:
    """Give the last payment back, once: pressed again, it finds the same refund."""
    with unit_of_work():
        paid = [
            each
            for each in queries.payments_of_subscription(subscription_id)
            if each.state == PaymentState.PAID
        ]
        if paid and paid[-1].refundable_minor:
            order = order_queries.lock(paid[-1].order_id)
            decide_refund(
                order,
                paid[-1].refundable_minor,
                {line.id: line.quantity - line.refunding_quantity for line in order.lines},
                reason=_("The subscription was ended"),
                restock=False,
                by=None,
                key=f"subscription-{subscription_id}",
            )


def end_unpaid() -> None:
    """Periodic: remind those whose renewal failed before their days of grace are over, and end them afterwards."""
    grace = timedelta(days=settings.current(PaymentSettings).grace_days)
    for subscription_id in queries.past_due(clock.now() - grace + LAST_CALL):
        row = queries.subscription_numbered(subscription_id)
        is_over = row.past_due_since is not None and row.past_due_since < clock.now() - grace
        try:
            if is_over:
                stop_charging(subscription_id, at_once=True)
            elif row.warned_at is None:
                _warn(subscription_id)
        except Refused as refusal:  # tried again at the next run
            log.warning("subscription.not_ended", subscription=subscription_id, why=refusal.message)


def _warn(subscription_id: int) -> None:
    db.session.rollback()
    with unit_of_work():
        row = queries.locked(subscription_id)
        if row.state == RecurringState.PAST_DUE and row.warned_at is None:
            row.warned_at = clock.now()
            publish(SubscriptionPaymentFailed(subscription_id=row.id))


def stop_charging_later(payload: dict[str, Any]) -> None:
    """The job: end a subscription whose buyer was forgotten."""
    stop_charging(payload["subscription_id"], at_once=True)


END = JobKind(name=JOB, handle=stop_charging_later, max_attempts=24, in_transaction=False)
