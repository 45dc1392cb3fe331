"""From a provider's verdict on a subscription to orders and states: one order a payment, whoever tells first.

The row of the subscription is locked while its payments are compared with those that we have; the database holds that
no two payments of a provider have one name.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import update

from shop.blueprints.orders import services as order_services
from shop.blueprints.payments import made_orders
from shop.blueprints.payments.answers import verdict_of
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.providers import provider_named
from shop.blueprints.payments.queries import payment_of
from shop.blueprints.payments.recurring import queries
from shop.blueprints.payments.recurring.models import PaidSubscription, RecurringState
from shop.blueprints.payments.settlement import settle
from shop.blueprints.payments.states import PaymentState
from shop.core import clock
from shop.plugins.api import (
    NewOrder,
    NewOrderLine,
    PaymentVerdict,
    RecurringProvider,
    SubscriptionCharge,
    SubscriptionVerdict,
    db,
    publish,
    unit_of_work,
)
from shop.plugins.api.events import (
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionPaymentFailed,
    SubscriptionRenewed,
    SubscriptionStarted,
)

log = structlog.get_logger(__name__)

LOOK_AFTER = timedelta(minutes=2)
LOOK_SLOWLY_AFTER = timedelta(hours=12)
FORGET_CHANGE_AFTER = timedelta(hours=1)


class OtherSubscription(Exception):
    """What the provider calls so was begun for something else."""


class NotRecurring(Exception):
    """The provider of a subscription takes no recurring payments any more."""


def recurring_named(name: str) -> RecurringProvider:
    """A payment method that charges again and again, by its name.

    Raises:
        ProviderMissing: it is not switched on.
        NotRecurring: it does not.
    """
    provider = provider_named(name)
    if not isinstance(provider, RecurringProvider):
        raise NotRecurring(name)
    return provider


def look_up_subscription(subscription_id: int, *, learned_from: str) -> str:
    """Ask the provider where a subscription stands, and act on the answer. Returns the state.

    Raises:
        OtherSubscription: the provider began it for something else.
        Exception: the provider could not be asked; nothing has changed.
    """
    row = queries.subscription_numbered(subscription_id)
    provider, reference, key = row.provider, row.reference, row.idempotency_key
    db.session.rollback()
    if reference is None:
        return RecurringState.STARTING
    asked = recurring_named(provider)
    verdict = verdict_of(asked, asked.look_up_subscription, reference)
    db.session.rollback()
    if verdict.idempotency_key and verdict.idempotency_key != key:
        raise OtherSubscription(f"subscription {subscription_id} is no subscription of {reference}")
    with unit_of_work():
        return learn(subscription_id, verdict, learned_from=learned_from)


def learn(subscription_id: int, verdict: SubscriptionVerdict, *, learned_from: str) -> str:
    """Act on what a provider says of a subscription. Only inside a unit of work; may be called any number of times.

    Raises:
        ValueError: the verdict is about another one.
    """
    row = queries.locked(subscription_id)
    if verdict.reference != row.reference:
        raise ValueError(f"subscription {row.id} got a verdict on another: {verdict.reference!r}")
    row.checked_at = clock.now()
    agreed = {row.amount_minor, row.changing_minor}
    _change(row, verdict)
    order_ids = [
        order_id
        for charge in verdict.charges
        if (order_id := _take(row, charge, _price(row, charge, agreed), learned_from)) is not None
    ]
    if verdict.charges:
        ends = [charge.ends_at for charge in verdict.charges]
        row.paid_until = max([*ends, verdict.paid_until or ends[0]])
    if row.state != RecurringState.ENDED:
        _move(row, verdict, order_ids)
    return row.state


def _change(row: PaidSubscription, verdict: SubscriptionVerdict) -> None:
    """Take over what was agreed anew, once the provider charges it; forget it where nothing came of it."""
    if row.changing_minor is None or row.changing_since is None:
        return
    if verdict.amount_minor == row.changing_minor:
        row.title, row.amount_minor = row.changing_title, row.changing_minor
        row.forget_change()
        publish(SubscriptionChanged(subscription_id=row.id))
    elif row.changing_since < clock.now() - FORGET_CHANGE_AFTER:
        row.forget_change()


def _price(row: PaidSubscription, charge: SubscriptionCharge, agreed: set[int | None]) -> int:
    """What a payment is for: what was agreed, before a change or after it, or what a change comes to."""
    is_right = charge.is_adjusted or charge.amount_minor in agreed
    return charge.amount_minor if is_right else row.amount_minor


def _take(
    row: PaidSubscription, charge: SubscriptionCharge, price_minor: int, learned_from: str
) -> int | None:
    """Make an order of a payment; None when we have it."""
    if payment_of(row.provider, charge.reference) is not None:
        return None
    line = NewOrderLine(row.title, price_minor)
    order = order_services.place_order(
        made_orders.service_draft(
            NewOrder(
                email=row.email,
                currency=row.currency,
                lines=(line,),
                name=row.name,
                account_id=row.account_id,
                tax_label=row.tax_label,
                tax_rate=row.tax_rate,
                country=row.country,
                days_to_pay=0,
            )
        )
    )
    payment = Payment(
        order_id=order.id,
        subscription_id=row.id,
        provider=row.provider,
        reference=charge.reference,
        state=PaymentState.OPEN,
        amount_minor=price_minor,
        currency=row.currency,
    )
    db.session.add(payment)
    db.session.flush()
    charged = PaymentVerdict(charge.reference, "paid", charge.amount_minor, charge.currency)
    settle(payment.id, charged, learned_from=learned_from)
    return order.id


def _move(row: PaidSubscription, verdict: SubscriptionVerdict, order_ids: list[int]) -> None:
    was_running = row.state in {RecurringState.ACTIVE, RecurringState.PAST_DUE}
    row.ends_at = verdict.ends_at
    if verdict.charges and not was_running:
        row.state = RecurringState.ACTIVE
        publish(SubscriptionStarted(subscription_id=row.id))
    for order_id in order_ids if was_running else order_ids[1:]:
        publish(SubscriptionRenewed(subscription_id=row.id, order_id=order_id))
    if verdict.state == "active" and verdict.charges:
        row.state = RecurringState.ACTIVE
        row.past_due_since = row.next_try_at = row.warned_at = None
        row.pay_url = ""
    elif verdict.state == "past_due":
        _fall_due(row, verdict)
    elif verdict.state in {"ended", "expired"}:
        _end(row)


def _fall_due(row: PaidSubscription, verdict: SubscriptionVerdict) -> None:
    row.pay_url, row.next_try_at = verdict.pay_url, verdict.next_try_at
    if row.state != RecurringState.PAST_DUE:
        row.state, row.past_due_since = RecurringState.PAST_DUE, clock.now()
        publish(SubscriptionPaymentFailed(subscription_id=row.id))


def _end(row: PaidSubscription) -> None:
    has_begun = row.state != RecurringState.STARTING
    row.state, row.ended_at = RecurringState.ENDED, clock.now()
    row.ends_at, row.pay_url = row.ends_at or row.ended_at, ""
    if has_begun:
        publish(SubscriptionEnded(subscription_id=row.id))


def reconcile_subscriptions() -> None:
    """Periodic: ask about every subscription of which we should have heard, so that a lost webhook is healed."""
    now = clock.now()
    for subscription_id in queries.to_look_up(
        now, before=now - LOOK_AFTER, slowly=now - LOOK_SLOWLY_AFTER
    ):
        try:
            look_up_subscription(subscription_id, learned_from="look-up")
        except Exception as error:  # noqa: BLE001 - one provider that is away must not hide the others
            log.warning("subscription.not_asked", subscription=subscription_id, error=repr(error))
            db.session.rollback()
            with unit_of_work():
                _note_asked(subscription_id)


def _note_asked(subscription_id: int) -> None:
    """Note that we asked in vain, so that the others have their turn."""
    db.session.execute(
        update(PaidSubscription)
        .where(PaidSubscription.id == subscription_id)
        .values(checked_at=clock.now())
        .execution_options(synchronize_session=False)
    )
