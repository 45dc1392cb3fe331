"""Refunded items that were sent, and came back

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("refund") as table:
        table.add_column(
            sa.Column("is_returned", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.execute("UPDATE refund SET is_returned = restock")


def downgrade() -> None:
    with op.batch_alter_table("refund") as table:
        table.drop_column("is_returned")
