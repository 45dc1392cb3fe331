"""Talking to payment providers about orders: always outside a transaction, since a provider may take its time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from flask_babel import gettext as _

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import paying, queries, services
from shop.blueprints.orders.models import Payment
from shop.blueprints.orders.settlement import Settlement, settle
from shop.blueprints.orders.states import UNDECIDED, PaymentState
from shop.core import clock, jobs
from shop.core.jobs import JobKind
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import PaymentProvider

log = structlog.get_logger(__name__)

LOOK_UP = "look-up"
ASK_AFTER = timedelta(minutes=2)
ASK_BANKS_AFTER = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=1)
END_JOB = "orders.end_payments"


class OtherPayment(Exception):
    """What the provider calls so was begun for something else: it pays nothing here."""


class ProviderMissing(Exception):
    """The provider of a payment is switched off; its payments wait until it is back."""


def provider_named(name: str) -> PaymentProvider:
    """A way to pay, by its name.

    Raises:
        ProviderMissing: it is not switched on.
    """
    for provider in registry().payment_providers:
        if provider.name == name:
            return provider
    raise ProviderMissing(name)


def ask(payment_id: int, *, learned_from: str) -> Settlement:
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
    verdict = provider_named(name).look_up(reference)
    db.session.rollback()
    if verdict.idempotency_key and verdict.idempotency_key != key:
        raise OtherPayment(f"payment {payment_id} is no payment of {reference}")
    with unit_of_work():
        if verdict.is_under_way:
            paying.keep_for_bank(queries.lock(order_id))
        settlement = settle(payment_id, verdict, learned_from=learned_from)
        paying.note(payment_id, verdict)
        return settlement


def end(payment_id: int, *, learned_from: str) -> Settlement:
    """End an open payment at its provider, and act on what became of it: it may have been paid a moment before."""
    payment = db.session.get_one(Payment, payment_id)
    name, reference = payment.provider, payment.reference
    db.session.rollback()
    if reference is None:
        with unit_of_work():
            paying.fail_payment(payment_id, _("It was never started"))
        return Settlement.NOT_PAID
    provider_named(name).expire(reference)
    return ask(payment_id, learned_from=learned_from)


def close(order_id: int, *, why: str, by: Account | None = None, insist: bool = False) -> bool:
    """Give up an order that waits for money: end its payments at their providers, then cancel it.

    True when it is cancelled now; False when it turned out to be paid, was not waiting, or a bank is at work on a
    payment that nobody can end any more. With `insist` it is cancelled even if a provider can't be reached: ending
    the payment there is tried again for days, and money that comes nevertheless is dealt with as late.

    Raises:
        Exception: a provider can't be reached, and we did not insist; the order still waits.
    """
    by_id = by.id if by else None
    for payment_id in queries.undecided_payments(order_id):
        try:
            end(payment_id, learned_from="closing")
        except Exception as error:
            if not insist:
                raise
            log.warning("payment.not_ended", payment=payment_id, error=repr(error))
            db.session.rollback()
    if queries.is_bank_at_work(order_id):
        return False
    with unit_of_work() as session:
        staff = session.get(Account, by_id) if by_id else None
        return services.cancel(order_id, why=why, by=staff)


def is_under_way(payment_id: int) -> bool:
    """Whether the buyer has done everything, and a bank takes its time."""
    payment = db.session.get_one(Payment, payment_id, populate_existing=True)
    return payment.state == PaymentState.OPEN and payment.under_way_at is not None


def end_leftovers(payload: dict[str, Any]) -> None:
    """The job: end payments that nobody needs any more at their providers, so that nobody pays in vain."""
    for payment_id in payload["payment_ids"]:
        end(payment_id, learned_from="closing")


def watch_leftovers(event: Any) -> None:
    """After an order was paid or cancelled: other payments of it must not stay open."""
    left = queries.payments_to_end(event.order_id)
    if left:
        jobs.enqueue(END_JOB, {"payment_ids": left})


END_LEFTOVERS = JobKind(name=END_JOB, handle=end_leftovers, max_attempts=24, in_transaction=False)


def reconcile() -> None:
    """Periodic: ask about every open payment of which we have heard nothing, so that a lost webhook is healed.

    What it healed keeps `LOOK_UP` as the source of its news, which the admin shows.
    """
    now = clock.now()
    for payment_id in queries.payments_to_ask(now - ASK_AFTER, slowly=now - ASK_BANKS_AFTER):
        try:
            settlement = ask(payment_id, learned_from=LOOK_UP)
        except Exception as error:  # noqa: BLE001 - one provider that is away must not hide the others
            log.warning("payment.not_asked", payment=payment_id, error=repr(error))
            db.session.rollback()
            with unit_of_work():
                paying.note_asked(payment_id)
            continue
        if settlement not in (Settlement.OPEN, Settlement.KNOWN):
            log.warning("payment.healed", payment=payment_id, settlement=str(settlement))


def close_expired() -> None:
    """Periodic: give up orders whose reservation has ended without payment."""
    now = clock.now()
    for order_id, reserved_until in queries.expired_orders(now):
        try:
            close(
                order_id,
                why=_("Not paid in time"),
                insist=reserved_until + GIVE_UP_AFTER < now,
            )
        except Exception as error:  # noqa: BLE001 - tried again at the next run
            log.warning("order.not_closed", order=order_id, error=repr(error))
            db.session.rollback()


def is_usable(payment: Payment) -> bool:
    """Whether the buyer can still go on with it."""
    return payment.state == PaymentState.OPEN and bool(payment.redirect_url)
