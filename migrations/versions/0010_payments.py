"""Payments have a feature of their own: waiting work and a setting go by its name

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = {
    "orders.end_payments": "payments.end",
    "orders.repay": "payments.refund",
    "checkout.webhook": "payments.webhook",
    "periodic:orders.reconcile": "periodic:payments.reconcile",
    "periodic:orders.close_expired": "periodic:payments.close_expired",
    "periodic:orders.watch_refunds": "periodic:payments.watch_refunds",
    "periodic:orders.watch_disputes": "periodic:payments.watch_disputes",
    "event:orders.announce_refund": "event:payments.announce_refund",
    "event:orders.confirm_refund": "event:payments.confirm_refund",
    "event:orders.report_failed_refund": "event:payments.report_failed_refund",
    "event:orders.report_dispute": "event:payments.report_dispute",
    "event:orders.end_leftovers_of_paid": "event:payments.end_leftovers_of_paid",
    "event:orders.end_leftovers_of_cancelled": "event:payments.end_leftovers_of_cancelled",
}
MOVED = "declines_an_hour"

job = sa.table("job", sa.column("kind", sa.String))
setting = sa.table(
    "setting",
    sa.column("namespace", sa.String),
    sa.column("values", sa.JSON),
    sa.column("changed_at", UtcDateTime),
)


def upgrade() -> None:
    rename(KINDS)
    move_setting("checkout", "payments")


def downgrade() -> None:
    rename({new: old for old, new in KINDS.items()})
    move_setting("payments", "checkout")


def rename(names: dict[str, str]) -> None:
    """Work that waits is found under its kind's name."""
    for old, new in names.items():
        op.execute(job.update().where(job.c.kind == old).values(kind=new))


def move_setting(source: str, target: str) -> None:
    """How many refused cards are too many is decided where cards are counted."""
    connection = op.get_bind()
    rows = {row.namespace: row for row in connection.execute(sa.select(setting))}
    if source not in rows or MOVED not in rows[source].values:
        return
    values = dict(rows[source].values)
    moved = {MOVED: values.pop(MOVED)}
    connection.execute(setting.update().where(setting.c.namespace == source).values(values=values))
    if target in rows:
        merged = {**rows[target].values, **moved}
        connection.execute(
            setting.update().where(setting.c.namespace == target).values(values=merged)
        )
    else:
        connection.execute(
            setting.insert().values(
                namespace=target, values=moved, changed_at=rows[source].changed_at
            )
        )
