"""Giving money back, from an order's page in the admin."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.back_office.forms import RefundForm, refund_form
from shop.blueprints.payments.back_office.order_pages import back_to, bp
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.queries import payment_that_paid
from shop.blueprints.payments.refunds import deciding, queries, verdicts, worth
from shop.blueprints.payments.states import PaymentState
from shop.plugins.api import NotFound, Refused, commits, db, format_money, notify, unit_of_work
from shop.plugins.api.forms import refuse_field


@dataclass(frozen=True, slots=True)
class Sum:
    """What was chosen, worked out; amounts in minor units."""

    pieces: dict[int, int]
    pieces_minor: int
    shipping_minor: int
    extra_minor: int

    @property
    def total_minor(self) -> int:
        """All that goes back."""
        return self.pieces_minor + self.shipping_minor + self.extra_minor


@bp.get("/<int:order_id>/refunds/new")
def new_refund(order_id: int) -> ResponseReturnValue:
    """What is to be given back? Items that have not left are put back into stock, unless staff says otherwise."""
    order = order_queries.order_by_id_or_404(order_id)
    return _page(order, refund_form(order, formdata=None))


@bp.post("/<int:order_id>/refunds")
def refund(order_id: int) -> ResponseReturnValue:
    """Work the sum out and show it; once it has been seen and confirmed, give it back.

    A sum that changed since, because someone else has refunded meanwhile, is shown again instead.
    """
    order = order_queries.order_by_id_or_404(order_id)
    form = refund_form(order)
    if queries.refund_of_key(order.id, form.pressed()):
        return _asked(order_id)
    if not form.validate():
        return _page(order, form), 422
    staff = current_account()
    try:
        chosen = _sum_of(order, form)
        _check(order, chosen)
        if form.seen.data != str(chosen.total_minor):
            return _page(order, form, chosen)
        with unit_of_work():
            deciding.decide_refund(
                order,
                chosen.total_minor,
                chosen.pieces,
                reason=form.reason.data or "",
                restock=bool(form.restock.data),
                is_returned="is_returned" in form and bool(form.is_returned.data),
                by=staff,
                shipping_minor=chosen.shipping_minor,
                key=form.pressed(),
            )
    except Refused as refusal:
        refuse_field(form, refusal)
        return _page(order_queries.order_by_id_or_404(order_id), form), 422
    return _asked(order_id)


def _asked(order_id: int) -> ResponseReturnValue:
    notify(_("The refund has been started. This page shows when it is done."))
    return back_to(order_id)


@bp.post("/<int:order_id>/refunds/<int:refund_id>/request")
@commits
def ask_again(order_id: int, refund_id: int) -> ResponseReturnValue:
    """Ask the provider once more, after someone has looked there that it never came."""
    deciding.ask_again(queries.refund_or_404(order_id, refund_id).id)
    notify(_("We are asking the provider again."))
    return back_to(order_id)


@bp.post("/<int:order_id>/refunds/<int:refund_id>/end")
@commits
def give_up(order_id: int, refund_id: int) -> ResponseReturnValue:
    """Nobody knows whether it ever came; someone has looked, and it did not."""
    found = queries.refund_or_404(order_id, refund_id)
    if not found.is_unclear:
        raise Refused(_("The provider may still answer. Please wait."))
    verdicts.fail(found.id, _("Cancelled: it never reached the provider"))
    notify(_("The refund has been cancelled. No money has moved."))
    return back_to(order_id)


@bp.post("/<int:order_id>/payments/<int:payment_id>/repayment")
@commits
def repay(order_id: int, payment_id: int) -> ResponseReturnValue:
    """Try once more to send a payment back that no order was served for."""
    order = order_queries.lock(order_queries.order_by_id_or_404(order_id).id)
    payment = db.session.get(Payment, payment_id, populate_existing=True)
    if payment is None or payment.order_id != order.id:
        raise NotFound
    if payment.state != PaymentState.REFUND_DUE or not payment.refundable_minor:
        raise Refused(_("There is nothing to refund for this payment."))
    deciding.give_back(payment, payment.reason)
    notify(_("We are asking the provider again."))
    return back_to(order_id)


def _sum_of(order: Order, form: RefundForm) -> Sum:
    pieces = form.pieces(order)
    return Sum(
        pieces=pieces,
        pieces_minor=sum(
            worth.of_pieces(line, pieces[line.id], after=line.refunding_quantity)
            for line in order.lines
            if line.id in pieces
        ),
        shipping_minor=form.amount("shipping", order.currency),
        extra_minor=form.amount("extra", order.currency),
    )


def _check(order: Order, chosen: Sum) -> None:
    """What `deciding.decide` would refuse, said before someone confirms it."""
    payment = payment_that_paid(order.id)
    left = payment.refundable_minor if payment else 0
    if chosen.total_minor < 1:
        raise Refused(_("Enter what to refund."))
    if chosen.shipping_minor > _shipping_left(order):
        raise Refused(_("This is more than was paid for shipping."), field="shipping")
    if chosen.total_minor > left:
        amount = format_money(left, order.currency)
        raise Refused(_("Only %(left)s of this order can still be refunded.", left=amount))


def _shipping_left(order: Order) -> int:
    return worth.of_shipping(order) - queries.refunded_shipping(order.id)


def _page(order: Order, form: RefundForm, chosen: Sum | None = None) -> str:
    payment = payment_that_paid(order.id)
    if payment is None:
        raise Refused(_("Nothing was paid for this order."))
    form.seen.data = str(chosen.total_minor) if chosen else ""
    return render_template(
        "admin/payments/refund.html",
        order=order,
        form=form,
        chosen=chosen,
        left_minor=payment.refundable_minor,
        shipping_left=_shipping_left(order),
        piece_worth=lambda line: worth.of_pieces(line, 1, after=line.refunding_quantity),
    )
