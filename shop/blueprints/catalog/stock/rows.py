"""One variant at a time: its row under a lock, and the fact that it can be bought again.

Rows are locked in the order of variant ids, reservations before variants, so that nobody waits in a circle.
"""

from __future__ import annotations

from sqlalchemy import select

from shop.blueprints.catalog.models import Variant
from shop.plugins.api import db, publish
from shop.plugins.api.events import VariantRestocked


def locked_variant(variant_id: int) -> Variant:
    """The variant as it is now; nobody else changes it until this transaction ends."""
    # Without a key share: orders and carts that point at the variant need not wait.
    return db.session.scalars(
        select(Variant)
        .where(Variant.id == variant_id)
        .with_for_update(of=Variant, key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def tell_if_back(variant: Variant, *, was_out: bool) -> None:
    """Publish that a variant which had run out can be bought again."""
    if was_out and variant.remaining != 0:
        publish(VariantRestocked(variant_id=variant.id))
