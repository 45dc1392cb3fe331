"""From a provider's verdict to a paid order: exactly once, whoever comes first.

The return page, a webhook's job and the reconciler may all bring the same verdict at the same moment. Conditional
UPDATEs of the payment's and of the order's state decide who settles; the others find it done. Rows are always locked
in the same order (order, payment, stock), so that two settlements never wait for each other in a circle.

Money that can't be served (too late and sold out, twice, or another sum) is refunded automatically.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update

from shop.blueprints.orders import queries, services
from shop.blueprints.orders.states import OrderState
from shop.blueprints.payments.cancelling import cancel_unpaid
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.refunds.deciding import give_back
from shop.blueprints.payments.states import UNDECIDED, WITHOUT_MONEY, PaymentState
from shop.core import clock
from shop.core.database import rows_changed
from shop.plugins.api import PaymentVerdict, db, format_money, publish
from shop.plugins.api.events import BankDidNotPay, RefundBecameDue


class Settlement(StrEnum):
    """What a verdict changed."""

    PAID = "paid"
    KNOWN = "known"
    OPEN = "open"
    NOT_PAID = "not_paid"
    REFUND_DUE = "refund_due"


def settle(payment_id: int, verdict: PaymentVerdict, *, learned_from: str) -> Settlement:
    """Act on what a provider says of a payment. Only inside a unit of work; may be called any number of times.

    Raises:
        ValueError: the verdict is about another payment.
    """
    payment = db.session.get_one(Payment, payment_id, populate_existing=True)
    if verdict.reference != payment.reference:
        raise ValueError(f"payment {payment_id} got a verdict on another: {verdict.reference!r}")
    if verdict.state == "open":
        payment.checked_at = clock.now()
        return Settlement.OPEN
    if verdict.state != "paid":
        return _end_without_money(payment, verdict, learned_from)
    asked = (payment.amount_minor, payment.currency)
    if (verdict.amount_minor, verdict.currency.upper()) == asked:
        return _take_money(payment, verdict, learned_from)
    reason = _other_amount(payment, verdict)
    if verdict.amount_minor < 1:  # nothing came: nothing can go back
        return _end_without_money(payment, replace(verdict, reason=reason), learned_from)
    return _refuse_other_amount(payment, verdict, reason, learned_from)


def _take_money(payment: Payment, verdict: PaymentVerdict, learned_from: str) -> Settlement:
    order = queries.lock(payment.order_id)
    if not _mark_charged(payment, verdict, learned_from):
        return Settlement.KNOWN
    if order.is_paid:
        return _owe(payment, _("The order had already been paid"), learned_from)
    if order.is_erased:
        return _owe(payment, _("The buyer had already asked us to erase their data"), learned_from)
    if not services.keep_stock(order, until=clock.now()):
        cancel_unpaid(order.id, why=_("Paid too late: sold out"))
        return _owe(
            payment, _("The payment arrived too late, and the items were sold out"), learned_from
        )
    if not services.mark_paid(
        order,
        come_from=OrderState(order.state),
        why=_("Payment received late") if order.is_cancelled else _("Payment received"),
    ):
        return _owe(payment, _("The order had already been paid"), learned_from)
    return Settlement.PAID


def _refuse_other_amount(
    payment: Payment, verdict: PaymentVerdict, reason: str, learned_from: str
) -> Settlement:
    queries.lock(payment.order_id)
    if not _mark_charged(payment, verdict, learned_from):
        return Settlement.KNOWN
    return _owe(payment, reason, learned_from)


def _other_amount(payment: Payment, verdict: PaymentVerdict) -> str:
    reason: str = _(
        "%(charged)s was charged instead of %(due)s",
        charged=format_money(verdict.amount_minor, verdict.currency.upper()),
        due=format_money(payment.amount_minor, payment.currency),
    )
    return reason


def _owe(payment: Payment, reason: str, learned_from: str) -> Settlement:
    _mark(
        payment,
        PaymentState.REFUND_DUE,
        come_from=frozenset({PaymentState.PAID}),
        reason=reason,
        learned_from=learned_from,
    )
    publish(RefundBecameDue(payment_id=payment.id))
    give_back(payment, reason)
    return Settlement.REFUND_DUE


def _end_without_money(payment: Payment, verdict: PaymentVerdict, learned_from: str) -> Settlement:
    state = PaymentState.EXPIRED if verdict.state == "expired" else PaymentState.FAILED
    marked = _mark(
        payment, state, come_from=UNDECIDED, reason=verdict.reason, learned_from=learned_from
    )
    if marked and payment.under_way_at is not None:
        publish(BankDidNotPay(order_id=payment.order_id, payment_id=payment.id))
    return Settlement.NOT_PAID if marked else Settlement.KNOWN


def _mark_charged(payment: Payment, verdict: PaymentVerdict, learned_from: str) -> bool:
    return _mark(
        payment,
        PaymentState.PAID,
        learned_from=learned_from,
        received_minor=verdict.amount_minor,
        received_currency=verdict.currency.upper(),
    )


def _mark(
    payment: Payment,
    state: PaymentState,
    *,
    learned_from: str,
    come_from: frozenset[PaymentState] = WITHOUT_MONEY,
    reason: str = "",
    **values: Any,
) -> bool:
    now = clock.now()
    marked = rows_changed(
        update(Payment)
        .where(Payment.id == payment.id, Payment.state.in_(come_from))
        .values(
            state=state,
            reason=reason[:300],
            learned_from=learned_from,
            checked_at=now,
            settled_at=now,
            **values,
        )
    )
    db.session.refresh(payment)
    return marked == 1
