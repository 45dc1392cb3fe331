"""Covers of articles, chosen from the media library

Revision ID: 0058
Revises: 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId

revision = "0058"
down_revision = "0040"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cover_id", BigId, nullable=True))
        batch_op.create_index("ix_article_cover_id", ["cover_id"], unique=False)
        batch_op.create_foreign_key(
            "fk_article_cover_id_media_picture",
            "media_picture",
            ["cover_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.drop_constraint("fk_article_cover_id_media_picture", type_="foreignkey")
        batch_op.drop_index("ix_article_cover_id")
        batch_op.drop_column("cover_id")
