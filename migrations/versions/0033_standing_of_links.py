"""The keys under which a decision counts

Revision ID: 0033
Revises: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("comment_lesson") as table:
        table.add_column(sa.Column("counted_under", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("comment_lesson") as table:
        table.drop_column("counted_under")
