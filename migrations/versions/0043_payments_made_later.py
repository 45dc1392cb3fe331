"""Payments that the buyer makes later and elsewhere, such as by bank transfer

Revision ID: 0043
Revises: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0043"
down_revision = "0035"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("payment") as table:
        table.add_column(sa.Column("pay_by", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("payment") as table:
        table.drop_column("pay_by")
