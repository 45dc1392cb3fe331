"""Tiers, members and letters."""

import sqlalchemy as sa
from alembic import op

revision = "membership_0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PREFIX = "plugin_membership_"


def upgrade() -> None:
    op.create_table(
        PREFIX + "tier",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("every", sa.String(10), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    op.create_table(
        PREFIX + "member",
        sa.Column("id", ID, primary_key=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("email", sa.String(320), nullable=False, index=True),
        sa.Column("tier_id", sa.BigInteger(), sa.ForeignKey(PREFIX + "tier.id"), nullable=False),
        sa.Column("gets_letters", sa.Boolean(), nullable=False),
        sa.Column("joined_at", MOMENT),
        sa.Column("ended_at", MOMENT),
    )
    op.create_table(
        PREFIX + "letter",
        sa.Column("id", ID, primary_key=True),
        sa.Column("subject", sa.String(150), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    for name in ("letter", "member", "tier"):
        op.drop_table(PREFIX + name)
