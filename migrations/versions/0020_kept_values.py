"""Values that are kept for a while: to undo something, and forms whose session had ended

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_values",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_values")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_kept_values_token_hash")),
    )
    op.create_index(op.f("ix_kept_values_ends_at"), "kept_values", ["ends_at"])


def downgrade() -> None:
    op.drop_table("kept_values")
