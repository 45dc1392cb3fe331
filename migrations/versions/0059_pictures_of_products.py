"""Pictures of products, and pages to look inside

Revision ID: 0059
Revises: 0051
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId

revision = "0059"
down_revision = "0051"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.create_table(
        "product_picture",
        sa.Column("id", BigId, nullable=False),
        sa.Column("product_id", BigId, nullable=False),
        sa.Column("picture_id", BigId, nullable=False),
        sa.Column("is_page", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_picture")),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_product_picture_product_id_product"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["picture_id"],
            ["media_picture.id"],
            name=op.f("fk_product_picture_picture_id_media_picture"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "product_id",
            "picture_id",
            "is_page",
            name=op.f("uq_product_picture_product_id_picture_id_is_page"),
        ),
    )
    op.create_index(op.f("ix_product_picture_picture_id"), "product_picture", ["picture_id"])


def downgrade() -> None:
    op.drop_table("product_picture")
