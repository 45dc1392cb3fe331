"""Who may read all of an article

Revision ID: 0036
Revises: 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0038"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("article") as table:
        table.add_column(sa.Column("gate", sa.String(60), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("article") as table:
        table.drop_column("gate")
