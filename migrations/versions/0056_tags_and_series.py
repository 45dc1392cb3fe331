"""Tags are described and keep the addresses they had; series of articles; portraits of authors

Revision ID: 0056
Revises: 0059
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0056"
down_revision = "0059"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("author", schema=None) as batch_op:
        batch_op.add_column(sa.Column("portrait_id", BigId, nullable=True))
        batch_op.create_index("ix_author_portrait_id", ["portrait_id"], unique=False)
        batch_op.create_foreign_key(
            "fk_author_portrait_id_media_picture",
            "media_picture",
            ["portrait_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.add_column("tag", sa.Column("description", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "tag_former_slug",
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("tag_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name=op.f("fk_tag_former_slug_tag_id_tag"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_tag_former_slug")),
    )
    op.create_index("ix_tag_former_slug_tag_id", "tag_former_slug", ["tag_id"])
    op.create_table(
        "article_series",
        sa.Column("id", BigId, nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_series")),
        sa.UniqueConstraint("slug", name=op.f("uq_article_series_slug")),
    )
    op.create_table(
        "article_series_part",
        sa.Column("article_id", BigId, nullable=False),
        sa.Column("series_id", BigId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_series_part_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["article_series.id"],
            name=op.f("fk_article_series_part_series_id_article_series"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_article_series_part")),
    )
    op.create_index(
        "ix_article_series_part_order", "article_series_part", ["series_id", "position"]
    )


def downgrade() -> None:
    op.drop_table("article_series_part")
    op.drop_table("article_series")
    op.drop_table("tag_former_slug")
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.drop_column("description")
    with op.batch_alter_table("author", schema=None) as batch_op:
        batch_op.drop_constraint("fk_author_portrait_id_media_picture", type_="foreignkey")
        batch_op.drop_index("ix_author_portrait_id")
        batch_op.drop_column("portrait_id")
