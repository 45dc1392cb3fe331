"""Deletes carts that nobody uses any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from shop.blueprints.cart import queries
from shop.blueprints.cart.models import Cart
from shop.core import clock
from shop.plugins.api import db, unit_of_work

KEEP = timedelta(days=60)
SWEPT_AT_ONCE = 500


def sweep() -> None:
    """Delete carts that nobody has touched for 60 days, some at a time: buyers must not wait for it."""
    before = clock.now() - KEEP
    more = True
    while more:
        with unit_of_work():
            old = queries.untouched_since(before, limit=SWEPT_AT_ONCE)
            db.session.execute(delete(Cart).where(Cart.id.in_(old), Cart.updated_at < before))
        more = len(old) == SWEPT_AT_ONCE
