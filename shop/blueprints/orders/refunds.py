"""Money that goes back to a buyer: what may, what has, and what follows from it.

A refund is decided here in one transaction: a conditional UPDATE of the payment sets the money aside, so that fifty
who ask at once never give back more than was received. The provider is asked afterwards, by a job (`repaying.py`)
under the key that is stored with the refund. What it says, now or days later, comes back through `learn`.

Rows are locked in the order of settlements: order, payment, stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import update

from shop.blueprints.accounts.models import Account
from shop.blueprints.catalog import stock
from shop.blueprints.orders import handing_over, queries, refund_queries, steps, worth
from shop.blueprints.orders.events import OrderRefunded, RefundFailed
from shop.blueprints.orders.models import Order, OrderLine, Payment
from shop.blueprints.orders.refund_models import Refund, RefundLine
from shop.blueprints.orders.states import (
    NEXT_OF_REFUND,
    DisputeStanding,
    PaymentState,
    RefundStanding,
    RefundState,
)
from shop.core import clock, jobs, money
from shop.core.database import rows_changed
from shop.core.errors import Refused
from shop.core.events import publish
from shop.core.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import RefundVerdict

JOB = "orders.repay"
LONGEST_REASON = 300
KEY_LIVES = timedelta(hours=20)
"""Providers forget a key after a day (docs.stripe.com/api/idempotent_requests): then a repeat could pay twice."""


class RefundUnknown(Exception):
    """A provider speaks of a refund that may be one of ours it has not answered for yet; it is looked at again."""


def ask(
    order: Order,
    amount_minor: int,
    lines: Mapping[int, int] | None = None,
    *,
    reason: str,
    restock: bool,
    by: Account | None,
    shipping_minor: int = 0,
    key: str = "",
) -> Refund:
    """Decide to give money of a paid order back, and have the provider asked. Only inside a unit of work.

    Args:
        amount_minor: all that goes back, in minor units of the order's currency.
        lines: pieces by order line that it is for; those that have not been sent will not be.
        restock: put these pieces into the stock again, once the money has left.
        shipping_minor: how much of the amount is for shipping.
        key: names the page whose button was pressed; pressed again, it finds the same refund.

    Raises:
        Refused: more than is left of the payment, of a line or of the shipping; or nothing was paid; or the bank
            decides (a dispute is open).
    """
    order = queries.lock(order.id)
    before = refund_queries.refund_of_key(order.id, key) if key else None
    if before is not None:
        return before
    payment = refund_queries.payment_that_paid(order.id)
    if payment is None:
        raise Refused(_("Nothing was paid for this order."))
    if order.is_disputed:
        raise Refused(_("A bank decides about this money now. Answer the dispute at the provider."))
    _check_shipping(order, shipping_minor)
    _set_aside(payment, amount_minor)
    refund = _write(
        payment,
        amount_minor,
        reason=reason,
        by=by,
        shipping_minor=shipping_minor,
        restock=restock,
        idempotency_key=f"{order.id}-{key}" if key else random_token(),
    )
    for line_id, quantity in sorted((lines or {}).items()):
        refund.lines.append(_line_of(order, line_id, quantity))
    db.session.flush()
    handing_over.keep_list(order)
    return refund


def give_back(payment: Payment, reason: str) -> Refund | None:
    """Send back all of a payment that no order can be served for; None when nothing was received."""
    if payment.refundable_minor < 1:
        return None
    amount = payment.refundable_minor
    _set_aside(payment, amount)
    return _write(payment, amount, reason=reason, by=None, is_owed=True)


def learn(provider_name: str, verdict: RefundVerdict) -> RefundState | None:
    """Act on what a provider says of a refund, any number of times; None when it is of no payment of ours.

    One that was asked for in the provider's own back office is written down as such.

    Raises:
        RefundUnknown: it may be ours; try again.
    """
    with unit_of_work():
        payment = queries.payment_of(provider_name, verdict.payment_reference)
        if payment is None:
            return None
        queries.lock(payment.order_id)
        db.session.refresh(payment)  # another refund may have been decided while we waited
        refund = refund_queries.refund_of(provider_name, verdict.reference)
        if refund is None:
            refund = _made_elsewhere(payment, verdict)
        return _follow(refund, verdict)


def note_answer(refund_id: int, verdict: RefundVerdict) -> RefundState:
    """Act on the provider's answer to our own request. Only inside a unit of work.

    Raises:
        ValueError: the answer is about another payment or another sum.
    """
    refund = db.session.get_one(Refund, refund_id)
    queries.lock(refund.order_id)
    db.session.refresh(refund, with_for_update={"of": Refund})
    asked = (refund.payment.reference, refund.amount_minor, refund.currency)
    if (verdict.payment_reference, verdict.amount_minor, verdict.currency.upper()) != asked:
        raise ValueError(f"refund {refund_id} got an answer on another: {verdict.reference!r}")
    refund.reference = verdict.reference
    return _follow(refund, verdict)


def note_asked(refund_id: int) -> None:
    """Note that we asked in vain, so that the others have their turn. Only inside a unit of work."""
    db.session.execute(
        update(Refund)
        .where(Refund.id == refund_id)
        .values(checked_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def is_unclear(refund: Refund) -> bool:
    """Whether nobody here can know if the provider ever did it: it never answered, and its key is forgotten there."""
    return refund.state == RefundState.ASKED and refund.asked_at < clock.now() - KEY_LIVES


def ask_again(refund_id: int) -> None:
    """Have the provider asked once more; if the refund `is_unclear`, only after a look there. Inside a unit of work.

    Raises:
        Refused: it has been answered.
    """
    refund = db.session.get_one(Refund, refund_id)
    queries.lock(refund.order_id)
    db.session.refresh(refund, with_for_update={"of": Refund})
    if refund.state != RefundState.ASKED:
        raise Refused(_("The provider has answered already."))
    refund.asked_at = clock.now()
    jobs.enqueue(JOB, {"refund_id": refund.id})


def fail(refund_id: int, reason: str) -> None:
    """The provider will never do it. Only inside a unit of work."""
    refund = db.session.get_one(Refund, refund_id)
    queries.lock(refund.order_id)
    db.session.refresh(refund, with_for_update={"of": Refund})
    if _move(refund, RefundState.FAILED, reason):
        _undo(refund, was=RefundState.ASKED)


def _check_shipping(order: Order, shipping_minor: int) -> None:
    left = worth.of_shipping(order) - refund_queries.refunded_shipping(order.id)
    if not 0 <= shipping_minor <= left:
        raise Refused(_("So much was not paid for shipping."), field="shipping")


def _set_aside(payment: Payment, amount_minor: int) -> None:
    if amount_minor < 1:
        raise Refused(_("Say what is to be given back."))
    if amount_minor <= money.MAX_MINOR and _raise_refunding(payment, amount_minor):
        return
    left = money.format_money(payment.refundable_minor, payment.received_currency)
    raise Refused(_("Only %(left)s of this order can still be given back.", left=left))


def _raise_refunding(payment: Payment, amount_minor: int) -> bool:
    raised = rows_changed(
        update(Payment)
        .where(
            Payment.id == payment.id,
            Payment.refunding_minor + amount_minor <= Payment.received_minor,
        )
        .values(refunding_minor=Payment.refunding_minor + amount_minor)
    )
    db.session.refresh(payment)
    return raised == 1


def _write(payment: Payment, amount_minor: int, *, reason: str, **values: object) -> Refund:
    by = values.pop("by")
    refund = Refund(
        order_id=payment.order_id,
        payment=payment,
        provider=payment.provider,
        amount_minor=amount_minor,
        currency=payment.received_currency,
        reason=reason[:LONGEST_REASON],
        by_id=by.id if isinstance(by, Account) else None,
        **values,
    )
    db.session.add(refund)
    db.session.flush()
    jobs.enqueue(JOB, {"refund_id": refund.id})
    return refund


def _line_of(order: Order, line_id: int, quantity: int) -> RefundLine:
    line = next((each for each in order.lines if each.id == line_id), None)
    if line is None or not 1 <= quantity <= line.quantity - line.refunding_quantity:
        raise Refused(_("So many pieces are not left to refund."), field="lines")
    before = line.refunding_quantity
    line.refunding_quantity += quantity
    return RefundLine(
        order_line=line,
        quantity=quantity,
        called_off=handing_over.call_off(line, quantity),
        amount_minor=worth.of_pieces(line, quantity, after=before),
    )


def _made_elsewhere(payment: Payment, verdict: RefundVerdict) -> Refund:
    # While one of ours has no name yet, this may be it; and what does not fit will be refused by the provider.
    unnamed = refund_queries.unnamed_refunds(payment.id)
    for ours in unnamed:
        sums = (ours.amount_minor, ours.currency)
        if is_unclear(ours) and sums == (verdict.amount_minor, verdict.currency.upper()):
            ours.reference = verdict.reference
            return ours
    if unnamed:
        raise RefundUnknown(verdict.reference)
    counts = verdict.state != "failed"
    if counts and not _raise_refunding(payment, verdict.amount_minor):
        raise RefundUnknown(verdict.reference)
    refund = Refund(
        order_id=payment.order_id,
        payment=payment,
        provider=payment.provider,
        reference=verdict.reference,
        amount_minor=verdict.amount_minor,
        currency=verdict.currency.upper(),
        state=RefundState.PENDING if counts else RefundState.FAILED,
        reason=_("Made at the provider"),
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
    order = queries.read_again(refund.order_id)
    order.refunded_minor += refund.amount_minor
    _stand(order, why=refund.reason, by=refund.by)
    if order.is_refunded:
        handing_over.call_off_rest(order)
    if refund.restock:
        for line in refund.lines:
            stock.take_back(line.order_line.variant_id, line.quantity, reference=order.token)
    handing_over.follow_refund(order, why=_("The rest was refunded"))
    publish(OrderRefunded(order_id=order.id, refund_id=refund.id))


def _undo(refund: Refund, *, was: RefundState) -> None:
    """A refund failed: its money is ours again, and its pieces are the buyer's; unless a bank has taken the money."""
    payment = refund.payment
    payment.refunding_minor = min(payment.received_minor, refund_queries.gone_minor(payment.id))
    publish(RefundFailed(order_id=refund.order_id, refund_id=refund.id))
    if refund.is_owed:
        payment.state = PaymentState.REFUND_DUE
        return
    order = queries.read_again(refund.order_id)
    was_whole = order.is_refunded
    for line in refund.lines:
        _give_pieces_back(line.order_line, line)
    if was is RefundState.DONE:
        order.refunded_minor -= refund.amount_minor
        _stand(order, why=_("A refund came back: %(reason)s", reason=refund.failure), by=None)
    if order.dispute_state == DisputeStanding.LOST:
        handing_over.call_off_rest(order)
    elif was_whole and not order.is_refunded:
        _call_back_rest(order)
    handing_over.follow_refund(order, why=_("A refund failed"))


def _give_pieces_back(line: OrderLine, refunded: RefundLine) -> None:
    line.refunding_quantity -= refunded.quantity
    line.called_off_quantity -= refunded.called_off


def _call_back_rest(order: Order) -> None:
    """What was called off only because all the money had gone back is to be sent again."""
    called_off = refund_queries.called_off(order.id)
    for line in order.lines:
        line.called_off_quantity = called_off.get(line.id, 0)


def _stand(order: Order, *, why: str, by: Account | None) -> None:
    """Bring the order's standing into line with what has gone back."""
    to = RefundStanding.NONE
    if order.refunded_minor:
        whole = order.refunded_minor >= order.total_minor
        to = RefundStanding.REFUNDED if whole else RefundStanding.PARTLY_REFUNDED
    come_from = RefundStanding(order.refund_state)
    if come_from is to:
        steps.note(order.id, come_from, to, why=why, by=by)
    else:
        steps.advance(order.id, come_from=come_from, to=to, why=why, by=by)
