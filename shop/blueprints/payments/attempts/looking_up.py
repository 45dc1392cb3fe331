"""Looking payments up at their providers and acting on the answer: always outside a transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import update

from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders import services as order_services
from shop.blueprints.payments import queries
from shop.blueprints.payments.answers import verdict_of
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.providers import provider_named
from shop.blueprints.payments.settlement import Settlement, settle
from shop.blueprints.payments.states import UNDECIDED
from shop.core import clock
from shop.plugins.api import JobKind, PaymentVerdict, db, unit_of_work
from shop.plugins.verbs.settling import LOOK_NOW

log = structlog.get_logger(__name__)

BY_ITSELF = "look-up"
"""The source of what our own looking told, in `Payment.learned_from`."""
LOOK_AFTER = timedelta(minutes=2)
LOOK_AT_BANKS_AFTER = timedelta(hours=1)
BANK_DAY = timedelta(days=1)
"""How much longer stock is kept each time we hear that a bank is still at work."""


class OtherPayment(Exception):
    """What the provider calls so was started for something else: it pays nothing here."""


def look_up_payment(payment_id: int, *, learned_from: str) -> Settlement:
    """Look a payment up at its provider and act on the answer.

    Raises:
        OtherPayment: the provider began it for something else.
        Exception: the provider could not be asked; nothing has changed.
    """
    payment = db.session.get_one(Payment, payment_id)
    name, reference, state = payment.provider, payment.reference, payment.state
    order_id, key = payment.order_id, payment.idempotency_key
    db.session.rollback()
    if reference is None:
        return Settlement.KNOWN if state not in UNDECIDED else Settlement.OPEN
    provider = provider_named(name)
    verdict = verdict_of(provider, provider.look_up, reference)
    db.session.rollback()
    if verdict.idempotency_key and verdict.idempotency_key != key:
        raise OtherPayment(f"payment {payment_id} is no payment of {reference}")
    with unit_of_work():
        if verdict.is_under_way:
            # The buyer has done what they can: the stock is kept while the bank needs more time.
            order_services.wait_longer(order_queries.lock(order_id), until=clock.now() + BANK_DAY)
        settlement = settle(payment_id, verdict, learned_from=learned_from)
        _note(payment_id, verdict)
        return settlement


def look_now(payload: dict[str, Any]) -> None:
    """The job: a plugin says that there is news of a payment."""
    payment = queries.payment_of(payload["provider"], payload["reference"])
    if payment is not None:
        look_up_payment(payment.id, learned_from="settle")


def _note(payment_id: int, verdict: PaymentVerdict) -> None:
    """Write down what a look-up tells beside the end of a payment: cards refused, a bank at work."""
    if verdict.declines:
        db.session.execute(
            update(Payment)
            .where(Payment.id == payment_id, Payment.declines < verdict.declines)
            .values(declines=verdict.declines)
            .execution_options(synchronize_session=False)
        )
    if not verdict.is_under_way:
        return
    db.session.execute(
        update(Payment)
        .where(
            Payment.id == payment_id,
            Payment.state.in_(UNDECIDED),
            Payment.under_way_at.is_(None),
        )
        .values(under_way_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def reconcile() -> None:
    """Periodic: look up every open payment of which we have heard nothing, so that a lost webhook is healed.

    What it healed keeps `BY_ITSELF` as the source of its news, which the admin shows.
    """
    now = clock.now()
    for payment_id in queries.payments_to_look_up(
        now - LOOK_AFTER, slowly=now - LOOK_AT_BANKS_AFTER
    ):
        try:
            settlement = look_up_payment(payment_id, learned_from=BY_ITSELF)
        except Exception as error:  # noqa: BLE001 - one provider that is away must not hide the others
            log.warning("payment.not_asked", payment=payment_id, error=repr(error))
            db.session.rollback()
            with unit_of_work():
                _note_asked(payment_id)
            continue
        if settlement not in (Settlement.OPEN, Settlement.KNOWN):
            log.warning("payment.healed", payment=payment_id, settlement=str(settlement))


def _note_asked(payment_id: int) -> None:
    """Note that we asked in vain, so that the others have their turn."""
    db.session.execute(
        update(Payment)
        .where(Payment.id == payment_id)
        .values(checked_at=clock.now())
        .execution_options(synchronize_session=False)
    )


LOOK = JobKind(name=LOOK_NOW, handle=look_now, max_attempts=10, in_transaction=False)
