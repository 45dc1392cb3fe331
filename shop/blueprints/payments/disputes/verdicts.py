"""What a provider says of a dispute, and what follows from it for payment and order."""

from __future__ import annotations

import structlog
from flask_babel import gettext as _
from sqlalchemy import case, update

from shop.blueprints.orders import fulfilment, transitions
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import DisputeStanding
from shop.blueprints.payments.answers import verdict_of
from shop.blueprints.payments.disputes import queries
from shop.blueprints.payments.disputes.models import Dispute
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.providers import provider_named
from shop.blueprints.payments.queries import payment_of
from shop.core import clock
from shop.plugins.api import DisputeVerdict, db, publish, unit_of_work
from shop.plugins.api.events import DisputeClosed, OrderDisputed

log = structlog.get_logger(__name__)

LONGEST_REASON = 300


def learn_of_dispute(provider_name: str, verdict: DisputeVerdict) -> DisputeStanding | None:
    """Act on what a provider says of a dispute, any number of times; None when it is of no payment of ours."""
    with unit_of_work():
        payment = payment_of(provider_name, verdict.payment_reference)
        if payment is None:
            return None
        order = order_queries.lock(payment.order_id)
        dispute = queries.dispute_of(provider_name, verdict.reference)
        was = dispute.state if dispute else ""
        if dispute is None:
            dispute = _open(payment, verdict)
        dispute.respond_by = verdict.respond_by or dispute.respond_by
        dispute.amount_minor, dispute.reason = verdict.amount_minor, verdict.reason[:LONGEST_REASON]
        if was == "lost" or was == verdict.state:
            return DisputeStanding(order.dispute_state)
        dispute.state = verdict.state
        dispute.closed_at = None if verdict.state == "open" else clock.now()
        db.session.flush()
        _tell(dispute, was)
        return _stand(order)


def _open(payment: Payment, verdict: DisputeVerdict) -> Dispute:
    dispute = Dispute(
        order_id=payment.order_id,
        payment_id=payment.id,
        provider=payment.provider,
        reference=verdict.reference,
        state=verdict.state,
        amount_minor=verdict.amount_minor,
        currency=verdict.currency.upper(),
    )
    db.session.add(dispute)
    return dispute


def _tell(dispute: Dispute, was: str) -> None:
    if not was:
        publish(OrderDisputed(order_id=dispute.order_id, dispute_id=dispute.id))
    if dispute.state == "lost":
        _take_out(dispute)
    if not dispute.is_open:
        db.session.flush()
        publish(DisputeClosed(order_id=dispute.order_id, dispute_id=dispute.id))


def _take_out(dispute: Dispute) -> None:
    """What a bank took can't be refunded any more."""
    left = Payment.received_minor - Payment.refunding_minor
    db.session.execute(
        update(Payment)
        .where(Payment.id == dispute.payment_id)
        .values(
            refunding_minor=Payment.refunding_minor
            + case((left < dispute.amount_minor, left), else_=dispute.amount_minor)
        )
        .execution_options(synchronize_session=False)
    )


def _stand(order: Order) -> DisputeStanding:
    """Bring the order's standing into line: an open dispute counts most, then one that was lost."""
    states = {dispute.state for dispute in queries.disputes_of(order.id)}
    to = DisputeStanding.WON
    if "lost" in states:
        to = DisputeStanding.LOST
    if "open" in states:
        to = DisputeStanding.DISPUTED
    for step in _way(DisputeStanding(order.dispute_state), to):
        transitions.advance(
            order.id, come_from=DisputeStanding(order.dispute_state), to=step, why=_why(step)
        )
    if to is DisputeStanding.LOST:
        fulfilment.call_off_rest(order)
    return to


def _way(come_from: DisputeStanding, to: DisputeStanding) -> list[DisputeStanding]:
    # We may hear about a dispute only when it has ended.
    if come_from in {to, DisputeStanding.LOST}:
        return []
    if DisputeStanding.DISPUTED in {come_from, to}:
        return [to]
    return [DisputeStanding.DISPUTED, to]


def _why(step: DisputeStanding) -> str:
    if step is DisputeStanding.DISPUTED:
        return str(_("The buyer’s bank wants the money back"))
    if step is DisputeStanding.WON:
        return str(_("The bank decided for us"))
    return str(_("The bank decided for the buyer"))


def watch_disputes() -> None:
    """Periodic: ask about open disputes, so that an outcome whose webhook was lost is seen."""
    for provider, reference in queries.disputes_to_ask():
        db.session.rollback()
        try:
            asked = provider_named(provider)
            learn_of_dispute(provider, verdict_of(asked, asked.look_up_dispute, reference))
        except Exception as error:  # noqa: BLE001 - one provider that is away must not hide the others
            log.warning("dispute.not_asked", dispute=reference, error=repr(error))
            db.session.rollback()
