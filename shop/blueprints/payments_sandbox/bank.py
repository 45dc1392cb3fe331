"""What happens inside the sandbox: payments are opened, decided once, and told of."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shop.blueprints.checkout import webhooks
from shop.blueprints.payments_sandbox import signature
from shop.blueprints.payments_sandbox.models import SandboxPayment, SandboxState
from shop.core import clock, jobs
from shop.core.errors import NotFound
from shop.core.jobs import JobKind
from shop.core.tokens import random_token
from shop.extensions import db
from shop.plugins.api import PaymentRequest

NAME = "sandbox"
SLOW = timedelta(seconds=10)
FINISH_JOB = "payments_sandbox.finish"
NOTIFY_JOB = "payments_sandbox.notify"


def payment_or_404(reference: str) -> SandboxPayment:
    """A payment by its reference.

    Raises:
        NotFound: the sandbox never opened it.
    """
    found = db.session.scalar(select(SandboxPayment).where(SandboxPayment.reference == reference))
    if found is None:
        raise NotFound
    return found


def open_payment(payment: PaymentRequest) -> SandboxPayment:
    """Open a payment; the same idempotency key opens the same one again."""
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    db.session.execute(
        insert(SandboxPayment)
        .values(
            reference=f"sandbox_{random_token()}",
            idempotency_key=payment.idempotency_key,
            state=SandboxState.OPEN,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            order_number=payment.order_number,
            return_url=payment.return_url,
            cancel_url=payment.cancel_url,
            expires_at=payment.expires_at,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
    )
    key = SandboxPayment.idempotency_key == payment.idempotency_key
    return db.session.scalars(select(SandboxPayment).where(key)).one()


def decide(reference: str, state: SandboxState) -> bool:
    """End an open payment, and send the webhook. False when it had ended before."""
    decided = db.session.execute(
        update(SandboxPayment)
        .where(SandboxPayment.reference == reference, SandboxPayment.state == SandboxState.OPEN)
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        return False
    jobs.enqueue(NOTIFY_JOB, {"reference": reference, "event_id": f"evt_{random_token()}"})
    return True


def take_its_time(reference: str) -> None:
    """Let a payment succeed only after a while."""
    at = clock.now() + SLOW
    waiting = db.session.execute(
        update(SandboxPayment)
        .where(
            SandboxPayment.reference == reference,
            SandboxPayment.state == SandboxState.OPEN,
            SandboxPayment.succeeds_at.is_(None),
        )
        .values(succeeds_at=at)
        .execution_options(synchronize_session=False)
    )
    if waiting.rowcount == 1:  # type: ignore[attr-defined]
        jobs.enqueue(FINISH_JOB, {"reference": reference}, run_at=at)


def _finish(payload: dict[str, Any]) -> None:
    decide(payload["reference"], SandboxState.PAID)


def _notify(payload: dict[str, Any]) -> None:
    body = json.dumps(
        {"id": payload["event_id"], "type": "payment.changed", "reference": payload["reference"]}
    ).encode()
    webhooks.receive(NAME, body, {signature.HEADER: signature.sign(body)})


FINISH = JobKind(name=FINISH_JOB, handle=_finish)
NOTIFY = JobKind(name=NOTIFY_JOB, handle=_notify)
