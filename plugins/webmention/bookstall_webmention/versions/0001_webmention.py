"""Mentions that came, and pages that were told."""

import sqlalchemy as sa
from alembic import op

revision = "webmention_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_webmention_mention",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("pair_key", sa.String(64), nullable=False, unique=True),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(2000), nullable=False),
        sa.Column("target", sa.String(2000), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state_before", sa.String(10), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
    )
    for name, columns in (
        ("shown", ["article_id", "state", "id"]),
        ("queue", ["state", "id"]),
        ("host", ["host", "state"]),
        ("verified", ["state", "verified_at"]),
    ):
        op.create_index(
            f"ix_plugin_webmention_mention_{name}", "plugin_webmention_mention", columns
        )
    op.create_table(
        "plugin_webmention_sent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("target_key", sa.String(64), nullable=False),
        sa.Column("target", sa.String(2000), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("is_linked", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("article_id", "target_key", name="uq_plugin_webmention_sent_pair"),
    )
    op.create_index("ix_plugin_webmention_sent_host", "plugin_webmention_sent", ["host"])


def downgrade() -> None:
    op.drop_table("plugin_webmention_sent")
    op.drop_table("plugin_webmention_mention")
