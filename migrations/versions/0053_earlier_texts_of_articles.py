"""Earlier texts of articles, words that were not saved, and who has an article open

Revision ID: 0053
Revises: 0056
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0053"
down_revision = "0056"
branch_labels = None
depends_on = None
is_additive = True

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "article_revision",
        sa.Column("id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("excerpt", sa.String(length=400), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("saved_by_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_revision_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["account.id"],
            name=op.f("fk_article_revision_saved_by_id_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_revision")),
        sa.UniqueConstraint(
            "article_id", "version", name=op.f("uq_article_revision_article_id_version")
        ),
    )
    op.create_index("ix_article_revision_saved_by_id", "article_revision", ["saved_by_id"])
    op.create_table(
        "article_unsaved",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=True),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_article_unsaved_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_unsaved_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_unsaved")),
        sa.UniqueConstraint(
            "account_id", "place", name=op.f("uq_article_unsaved_account_id_place")
        ),
    )
    op.create_index("ix_article_unsaved_article_id", "article_unsaved", ["article_id"])
    op.create_table(
        "article_presence",
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_article_presence_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_presence_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", "account_id", name=op.f("pk_article_presence")),
    )
    op.create_index("ix_article_presence_account_id", "article_presence", ["account_id"])


def downgrade() -> None:
    op.drop_table("article_presence")
    op.drop_table("article_unsaved")
    op.drop_table("article_revision")
