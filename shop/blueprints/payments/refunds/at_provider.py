"""Refunds at their providers: asked for by a job, outside any transaction, under a key that is stored; looked up."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import update

from shop.blueprints.payments.answers import refund_by, verdict_of
from shop.blueprints.payments.providers import provider_named
from shop.blueprints.payments.refunds import deciding, queries, verdicts
from shop.blueprints.payments.refunds.models import Refund
from shop.blueprints.payments.states import RefundState
from shop.core import clock
from shop.plugins.api import JobKind, Refused, db, unit_of_work

log = structlog.get_logger(__name__)

LOOK_AFTER = timedelta(hours=1)


def carry_out(refund_id: int) -> None:
    """Ask the provider for a refund that it has not answered yet; asked again, it is the same one.

    Raises:
        Exception: the provider could not be asked; nothing has changed.
    """
    refund = db.session.get_one(Refund, refund_id)
    reference = refund.payment.reference
    if refund.state != RefundState.ASKED or reference is None or refund.is_unclear:
        return
    provider = refund.provider
    asked = provider_named(provider)
    ask = partial(
        asked.refund,
        reference,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        idempotency_key=refund.idempotency_key,
        reason=refund.reason,
    )
    db.session.rollback()
    try:
        verdict = refund_by(asked, ask)
    except Refused as refusal:
        with unit_of_work():
            verdicts.fail(refund_id, refusal.message)
        return
    with unit_of_work():
        verdicts.note_answer(refund_id, verdict)


def watch_refunds() -> None:
    """Periodic: ask about refunds that a bank needs more time with, so that a lost webhook is healed."""
    for refund_id in queries.pending(before=clock.now() - LOOK_AFTER):
        try:
            look_up_refund(refund_id)
        except Exception as error:  # noqa: BLE001 - one provider that is away must not hide the others
            log.warning("refund.not_asked", refund=refund_id, error=repr(error))
            db.session.rollback()
            with unit_of_work():
                _note_asked(refund_id)


def look_up_refund(refund_id: int) -> None:
    """Ask the provider what became of a refund that it has answered for before."""
    refund = db.session.get_one(Refund, refund_id)
    provider, reference = refund.provider, refund.reference
    db.session.rollback()
    if reference is not None:
        asked = provider_named(provider)
        verdict = verdict_of(asked, asked.look_up_refund, reference)
        with unit_of_work():
            verdicts.note_answer(refund_id, verdict)


def _note_asked(refund_id: int) -> None:
    """Note that we asked in vain, so that the others have their turn."""
    db.session.execute(
        update(Refund)
        .where(Refund.id == refund_id)
        .values(checked_at=clock.now())
        .execution_options(synchronize_session=False)
    )


CARRY_OUT = JobKind(
    name=deciding.JOB,
    handle=lambda payload: carry_out(payload["refund_id"]),
    max_attempts=10,
    in_transaction=False,
)
