"""What a subscription is being changed to

Revision ID: 0062
Revises: 0054
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0062"
down_revision = "0054"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("paid_subscription") as table:
        table.add_column(
            sa.Column("changing_title", sa.String(200), nullable=False, server_default="")
        )
        table.add_column(sa.Column("changing_minor", BigId, nullable=True))
        table.add_column(sa.Column("changing_since", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("change_key", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("paid_subscription") as table:
        table.drop_column("change_key")
        table.drop_column("changing_since")
        table.drop_column("changing_minor")
        table.drop_column("changing_title")
