"""What Stripe and our reconciler remember

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("sandbox_payment")
    op.create_table(
        "stripe_test_object",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent", sa.String(length=80), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("hidden", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_test_object")),
    )
    with op.batch_alter_table("stripe_test_object", schema=None) as batch_op:
        batch_op.create_index("ix_stripe_test_object_parent_kind", ["parent", "kind"], unique=False)
    op.create_table(
        "stripe_test_request",
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key", name=op.f("pk_stripe_test_request")),
    )
    op.add_column("payment", sa.Column("under_way_at", UtcDateTime(), nullable=True))
    op.add_column(
        "payment", sa.Column("declines", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_index("ix_payment_started_at", "payment", ["started_at"])
    op.create_index("ix_payment_learned_from_settled_at", "payment", ["learned_from", "settled_at"])
    op.add_column(
        "checkout_attempt",
        sa.Column("address_key", sa.String(length=64), server_default="", nullable=False),
    )
    op.create_index(
        "ix_checkout_attempt_address_key_created_at",
        "checkout_attempt",
        ["address_key", "created_at"],
    )
    op.add_column(
        "webhook_event",
        sa.Column("about", sa.String(length=10), server_default="payment", nullable=False),
    )
    op.create_index(
        "ix_webhook_event_provider_reference", "webhook_event", ["provider", "reference"]
    )


def downgrade() -> None:
    op.drop_index("ix_webhook_event_provider_reference", "webhook_event")
    op.drop_column("webhook_event", "about")
    op.drop_index("ix_checkout_attempt_address_key_created_at", "checkout_attempt")
    op.drop_column("checkout_attempt", "address_key")
    op.drop_index("ix_payment_started_at", "payment")
    op.drop_index("ix_payment_learned_from_settled_at", "payment")
    op.drop_index("ix_payment_started_at", "payment")
    op.drop_column("payment", "declines")
    op.drop_column("payment", "under_way_at")
    op.drop_table("stripe_test_request")
    op.drop_table("stripe_test_object")
    op.create_table(
        "sandbox_payment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("order_number", sa.String(length=20), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("cancel_url", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("succeeds_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_sandbox_payment_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_payment")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_sandbox_payment_idempotency_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_sandbox_payment_reference")),
    )
