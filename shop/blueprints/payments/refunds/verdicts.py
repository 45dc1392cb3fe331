"""What a provider says of a refund, at once or days later, and what follows from it for payment and order.

It comes back through `learn`, or as the answer to our own request. Rows are locked in the order of settlements: order,
payment, stock.
"""

from __future__ import annotations

from flask_babel import gettext as _

from shop.blueprints.catalog.stock import levels
from shop.blueprints.orders import fulfilment
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders import services as order_services
from shop.blueprints.orders.states import DisputeStanding
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.queries import payment_of
from shop.blueprints.payments.refunds import queries
from shop.blueprints.payments.refunds.deciding import set_aside
from shop.blueprints.payments.refunds.models import LONGEST_REASON, Refund
from shop.blueprints.payments.states import NEXT_OF_REFUND, PaymentState, RefundState
from shop.core import clock
from shop.plugins.api import RefundVerdict, db, publish, unit_of_work
from shop.plugins.api.events import OrderRefunded, RefundFailed


class RefundUnknown(Exception):
    """A provider speaks of a refund that may be one of ours it has not answered for yet; it is looked at again."""


def learn_of_refund(provider_name: str, verdict: RefundVerdict) -> RefundState | None:
    """Act on what a provider says of a refund, any number of times; None when it is of no payment of ours.

    One that was asked for in the provider's own dashboard is written down as such.

    Raises:
        RefundUnknown: it may be ours; try again.
    """
    with unit_of_work():
        payment = payment_of(provider_name, verdict.payment_reference)
        if payment is None:
            return None
        order_queries.lock(payment.order_id)
        db.session.refresh(payment)  # another refund may have been decided while we waited
        refund = queries.refund_of(provider_name, verdict.reference)
        if refund is None:
            refund = _made_elsewhere(payment, verdict)
        return _follow(refund, verdict)


def note_answer(refund_id: int, verdict: RefundVerdict) -> RefundState:
    """Act on the provider's answer to our own request. Only inside a unit of work.

    Raises:
        ValueError: the answer is about another payment, another sum or another refund.
    """
    refund = db.session.get_one(Refund, refund_id)
    order_queries.lock(refund.order_id)
    db.session.refresh(refund, with_for_update={"of": Refund})
    asked = (refund.payment.reference, refund.amount_minor, refund.currency)
    if (verdict.payment_reference, verdict.amount_minor, verdict.currency.upper()) != asked:
        raise ValueError(f"refund {refund_id} got an answer on another: {verdict.reference!r}")
    if refund.reference not in (None, verdict.reference):
        raise ValueError(f"refund {refund_id} is {refund.reference!r}, not {verdict.reference!r}")
    refund.reference = verdict.reference
    return _follow(refund, verdict)


def fail(refund_id: int, reason: str) -> None:
    """The provider will never do it. Only inside a unit of work."""
    refund = db.session.get_one(Refund, refund_id)
    order_queries.lock(refund.order_id)
    db.session.refresh(refund, with_for_update={"of": Refund})
    if _move(refund, RefundState.FAILED, reason):
        _undo(refund, was=RefundState.ASKED)


def _made_elsewhere(payment: Payment, verdict: RefundVerdict) -> Refund:
    # While one of ours has no name yet, this may be it; and what does not fit will be refused by the provider.
    unnamed = queries.unnamed_refunds(payment.id)
    for ours in unnamed:
        sums = (ours.amount_minor, ours.currency)
        if ours.is_unclear and sums == (verdict.amount_minor, verdict.currency.upper()):
            ours.reference = verdict.reference
            return ours
    if unnamed:
        raise RefundUnknown(verdict.reference)
    counts = verdict.state != "failed"
    if verdict.currency.upper() != payment.received_currency:
        raise RefundUnknown(verdict.reference)
    if counts and not set_aside(payment, verdict.amount_minor):
        raise RefundUnknown(verdict.reference)
    refund = Refund(
        order_id=payment.order_id,
        payment=payment,
        provider=payment.provider,
        reference=verdict.reference,
        amount_minor=verdict.amount_minor,
        currency=verdict.currency.upper(),
        state=RefundState.PENDING if counts else RefundState.FAILED,
        reason=_("Made on the provider’s site"),
        failure="" if counts else verdict.reason[:LONGEST_REASON],
        is_owed=payment.state == PaymentState.REFUND_DUE,
    )
    db.session.add(refund)
    db.session.flush()
    return refund


def _follow(refund: Refund, verdict: RefundVerdict) -> RefundState:
    was, to = RefundState(refund.state), RefundState(verdict.state)
    refund.checked_at = clock.now()
    if _move(refund, to, verdict.reason):
        if to is RefundState.DONE:
            _carry_through(refund)
        elif to is RefundState.FAILED:
            _undo(refund, was=was)
    return RefundState(refund.state)


def _move(refund: Refund, to: RefundState, reason: str) -> bool:
    if to not in NEXT_OF_REFUND[RefundState(refund.state)]:
        return False
    refund.state = to
    if to is not RefundState.PENDING:
        refund.settled_at = clock.now()
    if to is RefundState.FAILED:
        refund.failure = reason[:LONGEST_REASON]
    db.session.flush()
    return True


def _carry_through(refund: Refund) -> None:
    if refund.is_owed:
        if not refund.payment.refundable_minor:
            refund.payment.state = PaymentState.GIVEN_BACK
        return
    order = order_queries.read_again(refund.order_id)
    order_services.count_money_back(order, refund.amount_minor, why=refund.reason, by=refund.by)
    if order.is_refunded:
        fulfilment.call_off_rest(order)
    for line in refund.lines:
        if line.to_stock:
            levels.take_back(line.order_line.variant_id, line.to_stock, reference=order.link_key)
    fulfilment.follow_refund(order, why=_("The rest was refunded"))
    publish(OrderRefunded(order_id=order.id, refund_id=refund.id))


def _undo(refund: Refund, *, was: RefundState) -> None:
    """A refund failed: its money is ours again, and its items are the buyer's; unless a bank has taken the money."""
    payment = refund.payment
    payment.refunding_minor = min(payment.received_minor, queries.gone_minor(payment.id))
    publish(RefundFailed(order_id=refund.order_id, refund_id=refund.id))
    if refund.is_owed:
        payment.state = PaymentState.REFUND_DUE
        return
    order = order_queries.read_again(refund.order_id)
    was_whole = order.is_refunded
    for line in refund.lines:
        fulfilment.give_items_back(line.order_line, line.quantity, called_off=line.called_off)
    if was is RefundState.DONE:
        why = _("A refund was returned: %(reason)s", reason=refund.failure)
        order_services.count_money_back(order, -refund.amount_minor, why=why)
    if order.dispute_state == DisputeStanding.LOST:
        fulfilment.call_off_rest(order)
    elif was_whole and not order.is_refunded:
        fulfilment.call_back_rest(order, queries.called_off(order.id))
    fulfilment.follow_refund(order, why=_("A refund failed"))
