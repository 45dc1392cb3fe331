"""Deciding to give money back: what may, and that the provider is asked.

A refund is decided here in one transaction: a conditional UPDATE of the payment sets the money aside, so that fifty
who ask at once never give back more than was received. The provider is asked afterwards, by a job (`at_provider.py`)
under the key that is stored with the refund.

Rows are locked in the order of settlements: order, payment, stock.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import update

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import fulfilment
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.queries import payment_that_paid
from shop.blueprints.payments.refunds import queries, worth
from shop.blueprints.payments.refunds.models import LONGEST_REASON, Refund, RefundLine
from shop.blueprints.payments.states import RefundState
from shop.core import clock, jobs, money
from shop.core.database import rows_changed
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Refused, db

JOB = "payments.refund"


def decide_refund(
    order: Order,
    amount_minor: int,
    lines: Mapping[int, int] | None = None,
    *,
    reason: str,
    restock: bool,
    by: Account | None,
    is_returned: bool = False,
    shipping_minor: int = 0,
    key: str = "",
) -> Refund:
    """Decide to give money of a paid order back, and have the provider asked. Only inside a unit of work.

    Args:
        amount_minor: all that goes back, in minor units of the order's currency.
        lines: items by order line that it is for; those that have not been sent will not be.
        restock: once the money has left, put those of these items into the stock again that have not been sent.
        is_returned: put those into the stock too that have been sent; they have come back.
        shipping_minor: how much of the amount is for shipping.
        key: names the page whose button was pressed; pressed again, it finds the same refund.

    Raises:
        Refused: more than is left of the payment, of a line or of the shipping; or nothing was paid; or the bank
            decides (a dispute is open).
    """
    order = order_queries.lock(order.id)
    before = queries.refund_of_key(order.id, key) if key else None
    if before is not None:
        return before
    payment = payment_that_paid(order.id)
    if payment is None:
        raise Refused(_("Nothing was paid for this order."))
    if order.is_disputed:
        raise Refused(
            _("A bank is deciding about this payment. Answer the dispute on the provider’s site.")
        )
    _check_shipping(order, shipping_minor)
    _require(payment, amount_minor)
    refund = _write(
        payment,
        amount_minor,
        reason=reason,
        by=by,
        shipping_minor=shipping_minor,
        restock=restock,
        is_returned=is_returned,
        idempotency_key=f"{order.id}-{key}" if key else random_token(),
    )
    for line_id, quantity in sorted((lines or {}).items()):
        refund.lines.append(_line_of(order, line_id, quantity))
    db.session.flush()
    fulfilment.keep_list(order)
    return refund


def give_back(payment: Payment, reason: str) -> Refund | None:
    """Send back all of a payment that no order can be served for; None when nothing was received."""
    if payment.refundable_minor < 1:
        return None
    amount = payment.refundable_minor
    _require(payment, amount)
    return _write(payment, amount, reason=reason, by=None, is_owed=True)


def ask_again(refund_id: int) -> None:
    """Have the provider asked once more; if the refund `is_unclear`, only after a look there. Inside a unit of work.

    Raises:
        Refused: it has been answered.
    """
    refund = db.session.get_one(Refund, refund_id)
    order_queries.lock(refund.order_id)
    db.session.refresh(refund, with_for_update={"of": Refund})
    if refund.state != RefundState.ASKED:
        raise Refused(_("The provider has answered already."))
    refund.asked_at = clock.now()
    jobs.enqueue(JOB, {"refund_id": refund.id})


def _check_shipping(order: Order, shipping_minor: int) -> None:
    left = worth.of_shipping(order) - queries.refunded_shipping(order.id)
    if not 0 <= shipping_minor <= left:
        raise Refused(_("This is more than was paid for shipping."), field="shipping")


def _require(payment: Payment, amount_minor: int) -> None:
    if amount_minor < 1:
        raise Refused(_("Enter what to refund."))
    if amount_minor <= money.MAX_MINOR and set_aside(payment, amount_minor):
        return
    left = money.format_money(payment.refundable_minor, payment.received_currency)
    raise Refused(_("Only %(left)s of this order can still be refunded.", left=left))


def set_aside(payment: Payment, amount_minor: int) -> bool:
    """Keep money of a payment for a refund, by one conditional statement. False when so much is not left of it."""
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
    if line is None:
        raise Refused(_("There are not that many items left to refund."), field="lines")
    before = line.refunding_quantity
    return RefundLine(
        order_line=line,
        quantity=quantity,
        called_off=fulfilment.set_items_aside(line, quantity),
        amount_minor=worth.of_pieces(line, quantity, after=before),
    )
