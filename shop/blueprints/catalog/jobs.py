"""Periodic work of the catalog."""

from __future__ import annotations

from datetime import timedelta

from shop.blueprints.catalog.stock import reservations
from shop.core import clock
from shop.plugins.api import unit_of_work

GRACE = timedelta(minutes=10)
"""The checkout ends its payments first; only what it forgot is left for the sweeper."""


def release_expired() -> None:
    """Give back what was kept for payments that never came.

    One reference a transaction: a long one would hold variants in an order that buyers do not keep.
    """
    before = clock.now() - GRACE
    for reference in reservations.expired(before=before):
        with unit_of_work():
            reservations.release(reference, expired_before=before)
