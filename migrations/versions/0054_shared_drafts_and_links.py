"""Links that show a draft, and what came of following the links of an article

Revision ID: 0054
Revises: 0053
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None
is_additive = True

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "article_shared_draft",
        sa.Column("id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_shared_draft_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_shared_draft")),
        sa.UniqueConstraint("article_id", name=op.f("uq_article_shared_draft_article_id")),
        sa.UniqueConstraint("token", name=op.f("uq_article_shared_draft_token")),
    )
    op.create_table(
        "article_link_answer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_link_answer_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_link_answer")),
    )
    op.create_index("ix_article_link_answer_article_id", "article_link_answer", ["article_id"])


def downgrade() -> None:
    op.drop_table("article_link_answer")
    op.drop_table("article_shared_draft")
