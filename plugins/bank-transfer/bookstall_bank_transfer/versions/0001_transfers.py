"""Transfers, receipts and returns."""

import sqlalchemy as sa
from alembic import op

revision = "bank_transfer_0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PREFIX = "plugin_bank_transfer_"


def upgrade() -> None:
    op.create_table(
        PREFIX + "transfer",
        sa.Column("id", ID, primary_key=True),
        sa.Column("key", sa.String(80), nullable=False, unique=True),
        sa.Column("reference", sa.String(80), nullable=False, unique=True),
        sa.Column("order_number", sa.String(20), nullable=False, index=True),
        sa.Column("email", sa.String(320), nullable=False, index=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("order_url", sa.String(500), nullable=False),
        sa.Column("pay_by", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("reminded_at", MOMENT),
        sa.Column("paid_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    op.create_table(
        PREFIX + "receipt",
        sa.Column("id", ID, primary_key=True),
        _of_transfer(),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("noted_by", sa.String(320), nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    op.create_table(
        PREFIX + "return",
        sa.Column("id", ID, primary_key=True),
        _of_transfer(),
        sa.Column("key", sa.String(80), nullable=False, unique=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    )


def downgrade() -> None:
    for name in ("return", "receipt", "transfer"):
        op.drop_table(PREFIX + name)


def _of_transfer() -> sa.Column:
    transfer = sa.ForeignKey(PREFIX + "transfer.id")
    return sa.Column("transfer_id", sa.BigInteger(), transfer, nullable=False, index=True)
