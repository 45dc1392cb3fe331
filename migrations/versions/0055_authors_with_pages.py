"""Authors have links to their other pages, and addresses that they had before

Revision ID: 0055
Revises: 0058
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0058"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.add_column("author", sa.Column("links", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "author_former_slug",
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column(
            "author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["author.id"],
            name=op.f("fk_author_former_slug_author_id_author"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_author_former_slug")),
    )
    op.create_index("ix_author_former_slug_author_id", "author_former_slug", ["author_id"])
    op.create_index("ix_article_author_newest", "article", ["author_id", "published_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_article_author_newest", table_name="article")
    op.drop_table("author_former_slug")
    with op.batch_alter_table("author", schema=None) as batch_op:
        batch_op.drop_column("links")
