"""The language of an article, and of what it is a translation

Revision ID: 0051
Revises: 0057
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId

revision = "0051"
down_revision = "0057"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(12), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("has_translations", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("translation_of_id", BigId, nullable=True))
        batch_op.create_index("ix_article_translation_of_id", ["translation_of_id"], unique=False)
        batch_op.create_foreign_key(
            "fk_article_translation_of_id_article",
            "article",
            ["translation_of_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.drop_constraint("fk_article_translation_of_id_article", type_="foreignkey")
        batch_op.drop_index("ix_article_translation_of_id")
        batch_op.drop_column("translation_of_id")
        batch_op.drop_column("has_translations")
        batch_op.drop_column("language")
