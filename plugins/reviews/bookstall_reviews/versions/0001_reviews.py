"""Reviews."""

import sqlalchemy as sa
from alembic import op

revision = "reviews_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_reviews_review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("author_key", sa.String(64), nullable=False, unique=True),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("has_bought", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state_before", sa.String(10), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "ix_plugin_reviews_review_shown", "plugin_reviews_review", ["product_id", "state", "id"]
    )
    op.create_index("ix_plugin_reviews_review_queue", "plugin_reviews_review", ["state", "id"])
    op.create_index("ix_plugin_reviews_review_email", "plugin_reviews_review", ["email"])


def downgrade() -> None:
    op.drop_table("plugin_reviews_review")
