"""An index of the lines of orders of which something is to be sent

Revision ID: 0068
Revises: 0062
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0062"
branch_labels = None
depends_on = None
is_additive = True

TO_BE_SENT = sa.text("NOT is_digital AND quantity > shipped_quantity + called_off_quantity")


def upgrade() -> None:
    op.create_index(
        "ix_order_line_to_be_sent",
        "order_line",
        ["order_id"],
        sqlite_where=TO_BE_SENT,
        postgresql_where=TO_BE_SENT,
    )


def downgrade() -> None:
    op.drop_index("ix_order_line_to_be_sent", table_name="order_line")
