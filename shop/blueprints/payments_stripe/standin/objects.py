"""Reading and keeping Stripe's objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from shop.blueprints.payments_stripe.standin.errors import no_such
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.core import clock
from shop.core.secrets.tokens import random_token
from shop.plugins.api import db

PREFIXES = {
    "session": "cs_test_standin_",
    "payment_intent": "pi_standin_",
    "charge": "ch_standin_",
    "refund": "re_standin_",
    "dispute": "du_standin_",
    "coupon": "",
    "event": "evt_standin_",
    "subscription": "sub_standin_",
    "invoice": "in_standin_",
    "invoice_payment": "inpay_standin_",
}


def keep_object(
    kind: str, name: str, body: dict[str, Any], *, parent: str = "", **hidden: Any
) -> StandInObject:
    """Make an object: `name` is its `object` in the API. Only inside a unit of work."""
    reference = f"{PREFIXES[kind]}{random_token()}"
    whole = {"id": reference, "object": name, "created": timestamp()} | body
    if kind != "refund":
        whole["livemode"] = False
    made = StandInObject(id=reference, kind=kind, parent=parent, body=whole, hidden=hidden)
    db.session.add(made)
    db.session.flush()
    return made


def find_object(kind: str, reference: str, *, lock: bool = False) -> StandInObject:
    """An object as it is now; with `lock` nobody else changes it before this unit of work ends.

    Raises:
        ApiError: there is none.
    """
    found = db.session.get(
        StandInObject, reference, populate_existing=True, with_for_update=lock or None
    )
    if found is None or found.kind != kind:
        raise no_such(kind, reference)
    return found


def children(parent: str, kind: str) -> Sequence[StandInObject]:
    """What belongs to an object, oldest first."""
    return db.session.scalars(
        select(StandInObject)
        .where(StandInObject.parent == parent, StandInObject.kind == kind)
        .order_by(StandInObject.created_at, StandInObject.id)
    ).all()


def timestamp() -> int:
    """Now, as Stripe counts time."""
    return int(clock.now().timestamp())
