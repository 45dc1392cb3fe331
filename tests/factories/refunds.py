"""Refunds that a provider has made, with the facts that follow."""

from __future__ import annotations

from shop.blueprints.orders.models import Order
from shop.blueprints.payments.refunds import deciding
from shop.blueprints.payments.refunds import verdicts as refund_verdicts
from shop.blueprints.payments.refunds.models import Refund
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import RefundVerdict


def give_back(
    order: Order, amount_minor: int, lines: dict[int, int] | None = None, *, shipping_minor: int = 0
) -> Refund:
    """Money of a paid order goes back and has left the bank; `lines` are pieces by order line."""
    with unit_of_work():
        refund = deciding.decide_refund(
            db.session.get_one(Order, order.id),
            amount_minor,
            lines,
            reason="Sent back",
            restock=False,
            by=None,
            shipping_minor=shipping_minor,
        )
        payment = refund.payment
        provider, paid_as, currency = payment.provider, payment.reference, payment.currency
        refund.reference = f"re-{refund.id}"
        refund_id = refund.id
    verdict = RefundVerdict(f"re-{refund_id}", paid_as or "", "done", amount_minor, currency)
    refund_verdicts.learn_of_refund(provider, verdict)
    return db.session.get_one(Refund, refund_id, populate_existing=True)


def bounce(refund: Refund) -> None:
    """The bank returns a refund that had been done."""
    payment = refund.payment
    verdict = RefundVerdict(
        refund.reference or "",
        payment.reference or "",
        "failed",
        refund.amount_minor,
        refund.currency,
    )
    refund_verdicts.learn_of_refund(payment.provider, verdict)
