"""Redirects from old addresses, and addresses where people found nothing

Revision ID: 0038
Revises: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0038"
down_revision = "0033"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.create_table(
        "redirect",
        sa.Column("id", BigId, nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("target", sa.String(500), nullable=False),
        sa.Column("origin", sa.String(200), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("last_hit_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirect")),
        sa.UniqueConstraint("source", name=op.f("uq_redirect_source")),
    )
    op.create_index(op.f("ix_redirect_target"), "redirect", ["target"])
    op.create_index(op.f("ix_redirect_origin"), "redirect", ["origin"])
    op.create_table(
        "missed_address",
        sa.Column("id", BigId, nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_address")),
        sa.UniqueConstraint("path", name=op.f("uq_missed_address_path")),
    )
    op.create_index(op.f("ix_missed_address_last_at"), "missed_address", ["last_at"])


def downgrade() -> None:
    op.drop_table("missed_address")
    op.drop_table("redirect")
