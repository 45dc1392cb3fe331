"""Starting a payment at a provider: after the order is committed, outside any transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders import services as order_services
from shop.blueprints.orders.models import Order
from shop.blueprints.payments import queries
from shop.blueprints.payments.answers import started_by
from shop.blueprints.payments.attempts import ending, leftovers, opening
from shop.blueprints.payments.attempts.looking_up import look_up_payment
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.settlement import Settlement
from shop.blueprints.payments.states import PaymentState
from shop.core import clock
from shop.plugins import PluginFailed
from shop.plugins.api import (
    PaymentLine,
    PaymentProvider,
    PaymentRequest,
    PaymentStarted,
    db,
    unit_of_work,
)

log = structlog.get_logger(__name__)

PAID_WITHIN = timedelta(days=60)
"""No provider has stock kept for longer."""
PATIENCE_SECONDS = 4.0
LOOK_EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class WaysBack:
    """Where the provider sends the buyer: (whole addresses): after paying or failing, and after giving up."""

    returned: str
    cancelled: str


class PaymentNotStarted(Exception):
    """A provider could not begin a payment; others may. The order still waits, and its stock is still reserved."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self.provider = provider


class PaymentBeingStarted(Exception):
    """Another request of the same buyer is opening this payment, and needs more time. Nothing has failed."""


def start_payment(order_id: int, provider: PaymentProvider, back: WaysBack) -> str | None:
    """Where the buyer goes on to pay; None when the order does not wait for money any more.

    A payment that this provider has started already continues; one that another has started is ended first. Whoever
    presses the button twice waits for a moment, and goes where the first press leads.

    Raises:
        PaymentNotStarted: the provider failed.
        PaymentBeingStarted: it has not answered the first press yet.
    """
    try:
        going_on = _payment_to_go_on_with(order_id, provider)
    except Exception as error:
        raise _not_started(provider, error) from error
    if going_on is not None:
        return going_on or None
    begun = _write_down(order_id, provider, back)
    if begun is None:
        return None
    payment_id, request = begun
    if request is None:
        return _opened_by_another(payment_id)
    try:
        started = started_by(provider, lambda: provider.start(request))
        is_open = _note_started(order_id, payment_id, started)
    except (PluginFailed, IntegrityError) as error:  # two payments can't have one name
        with unit_of_work():
            opening.fail_payment(payment_id, _("The payment could not be started"))
        raise _not_started(provider, error) from error
    return started.redirect_url if is_open else None


def _note_started(order_id: int, payment_id: int, started: PaymentStarted) -> bool:
    """Whether the payment is still wanted."""
    with unit_of_work():
        order = order_queries.lock(order_id)
        is_open = opening.open_payment(payment_id, started)
        if not is_open:
            leftovers.end_later([payment_id])
        elif started.pay_by is not None:
            order_services.wait_longer(order, until=min(started.pay_by, clock.now() + PAID_WITHIN))
        return is_open


def _not_started(provider: PaymentProvider, error: Exception) -> PaymentNotStarted:
    log.warning("payment.not_started", provider=provider.name, error=repr(error))
    db.session.rollback()
    return PaymentNotStarted(provider.name)


def _payment_to_go_on_with(order_id: int, provider: PaymentProvider) -> str | None:
    """Where a payment that was started before continues; empty while a bank works on it, so that none is paid twice."""
    for payment_id in queries.undecided_payments(order_id):
        payment = db.session.get_one(Payment, payment_id)
        redirect_url, is_ours = payment.redirect_url, payment.provider == provider.name
        settlement = None
        if is_ours:
            settlement = look_up_payment(payment_id, learned_from="checkout")
        else:
            _end(payment_id)
        if queries.is_bank_at_work(order_id):
            return ""
        if redirect_url and settlement is Settlement.OPEN:
            return redirect_url
    return None


def _end(payment_id: int) -> None:
    """End a payment at a provider that is not wanted any more; later, where it is away: the others work."""
    try:
        ending.end_payment(payment_id, learned_from="checkout")
    except Exception as error:  # noqa: BLE001 - money that comes twice goes back by itself
        log.warning("payment.not_ended", payment=payment_id, error=repr(error))
        db.session.rollback()
        with unit_of_work():
            leftovers.end_later([payment_id])


def _write_down(
    order_id: int, provider: PaymentProvider, back: WaysBack
) -> tuple[int, PaymentRequest | None] | None:
    """The payment, and what to ask for; nothing to ask while another request is asking."""
    with unit_of_work():
        order = order_queries.lock(order_id)
        if not order.is_awaiting_payment:
            return None
        payment, is_ours_to_start = opening.take_up_payment(order, provider.name)
        return payment.id, request_for(order, payment, back) if is_ours_to_start else None


def _opened_by_another(payment_id: int) -> str | None:
    """Where a payment leads that another request is opening, waited for in patience."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        payment = db.session.get_one(Payment, payment_id, populate_existing=True)
        state, address = payment.state, payment.redirect_url
        db.session.rollback()
        if state != PaymentState.STARTING:
            return address if state == PaymentState.OPEN else None
        if time.monotonic() > until:
            raise PaymentBeingStarted
        time.sleep(LOOK_EVERY_SECONDS)


def request_for(order: Order, payment: Payment, back: WaysBack) -> PaymentRequest:
    """What a provider is asked to charge: as it is stored, so that asking again says the same."""
    return PaymentRequest(
        order_token=order.token,
        order_number=order.number,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        email=order.email,
        lines=tuple(
            PaymentLine(
                f"{line.title} ({line.variant_title})" if line.variant_title else line.title,
                line.unit_price_minor,
                line.quantity,
            )
            for line in order.lines
        ),
        shipping_minor=order.shipping_minor,
        tax_minor=order.added_tax_minor,
        expires_at=order.reserved_until or clock.now(),
        idempotency_key=payment.idempotency_key,
        return_url=back.returned,
        cancel_url=back.cancelled,
        locale=str(get_locale() or "en"),
        discount_minor=order.discount_minor,
        discount_label=order.discount_label,
        shipping_label=order.shipping_label,
        needs_shipping=order.needs_shipping,
        started_at=payment.started_at,
    )
