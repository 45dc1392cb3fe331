"""What hosts tell each other, and since when a buyer's own copy is waited for

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.create_table(
        "invalidation",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invalidation")),
    )
    op.create_index(op.f("ix_invalidation_transaction_id"), "invalidation", ["transaction_id"])
    op.create_table(
        "host",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("plugins", sa.JSON(), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("files", sa.String(400), nullable=False),
        sa.Column("clock_ahead", sa.Float(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    with op.batch_alter_table("download_grant") as batch_op:
        batch_op.add_column(sa.Column("copy_asked_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE download_grant SET copy_asked_at = created_at WHERE stamp = 'waiting'")


def downgrade() -> None:
    with op.batch_alter_table("download_grant") as batch_op:
        batch_op.drop_column("copy_asked_at")
    op.drop_table("host")
    op.drop_table("invalidation")
