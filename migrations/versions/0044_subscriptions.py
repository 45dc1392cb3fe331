"""Recurring payments, and orders of services

Revision ID: 0044
Revises: 0047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0044"
down_revision = "0047"
branch_labels = None
depends_on = None
is_additive = True

ALIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "paid_subscription",
        sa.Column("id", BigId, nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("provider", sa.String(60), nullable=False),
        sa.Column("reference", sa.String(255), nullable=True),
        sa.Column("idempotency_key", sa.String(80), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("amount_minor", BigId, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("every", sa.String(10), nullable=False),
        sa.Column("tax_label", sa.String(120), nullable=False),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("redirect_url", sa.Text(), nullable=False),
        sa.Column("pay_url", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in MOMENTS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paid_subscription")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_paid_subscription_account_id_account"),
            ondelete="SET NULL",
        ),
        sa.UniqueConstraint(
            "provider", "reference", name=op.f("uq_paid_subscription_provider_reference")
        ),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_paid_subscription_idempotency_key")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_paid_subscription_amount_positive")),
    )
    for column in ("subject", "email", "account_id"):
        op.create_index(op.f(f"ix_paid_subscription_{column}"), "paid_subscription", [column])
    op.create_index(
        "ix_paid_subscription_state_checked_at", "paid_subscription", ["state", "checked_at"]
    )
    op.create_index(
        "uq_paid_subscription_living_subject",
        "paid_subscription",
        ["subject"],
        unique=True,
        sqlite_where=ALIVE,
        postgresql_where=ALIVE,
    )
    with op.batch_alter_table("payment") as table:
        table.add_column(sa.Column("subscription_id", BigId, nullable=True))
        table.create_foreign_key(
            op.f("fk_payment_subscription_id_paid_subscription"),
            "paid_subscription",
            ["subscription_id"],
            ["id"],
        )
        table.create_index(op.f("ix_payment_subscription_id"), ["subscription_id"])
    with op.batch_alter_table("order_line") as table:
        table.add_column(
            sa.Column("is_service", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


MOMENTS = (
    "checked_at",
    "paid_until",
    "ends_at",
    "past_due_since",
    "next_try_at",
    "warned_at",
    "ended_at",
)


def downgrade() -> None:
    with op.batch_alter_table("order_line") as table:
        table.drop_column("is_service")
    with op.batch_alter_table("payment") as table:
        table.drop_constraint(
            op.f("fk_payment_subscription_id_paid_subscription"), type_="foreignkey"
        )
        table.drop_index(op.f("ix_payment_subscription_id"))
        table.drop_column("subscription_id")
    op.drop_table("paid_subscription")
