"""How far the activity log goes is sealed

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core import activity

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "activity_head", sa.Column("seal", sa.String(length=64), server_default="", nullable=False)
    )
    activity.put_head(op.get_bind())


def downgrade() -> None:
    op.drop_column("activity_head", "seal")
