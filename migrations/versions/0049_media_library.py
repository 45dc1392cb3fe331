"""Pictures of the media library

Revision ID: 0049
Revises: 0044
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0049"
down_revision = "0044"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.create_table(
        "media_picture",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("caption", sa.String(length=500), nullable=False),
        sa.Column("focus_x", sa.Integer(), nullable=False),
        sa.Column("focus_y", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("focus_x BETWEEN 0 AND 100", name=op.f("ck_media_picture_focus_x")),
        sa.CheckConstraint("focus_y BETWEEN 0 AND 100", name=op.f("ck_media_picture_focus_y")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_picture")),
        sa.UniqueConstraint("key", name=op.f("uq_media_picture_key")),
    )
    with op.batch_alter_table("media_picture", schema=None) as batch_op:
        batch_op.create_index("ix_media_picture_list", ["removed_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("media_picture")
