"""When a buyer asked for immediate delivery of downloads

Revision ID: 0016
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0016"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("checkout_attempt", sa.Column("consented_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("checkout_attempt", "consented_at")
