"""Refunds, disputes, shipments, the story of an order

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _add_checked(table: str, column: str, kind: str, *, name: str, check: str) -> None:
    """A column with its check in one statement: SQLite can add no check to a table that is there."""
    if op.get_bind().dialect.name == "sqlite":
        kind = kind.replace("BIGINT", "INTEGER")
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind} DEFAULT 0 NOT NULL"
        f" CONSTRAINT ck_{table}_{name} CHECK ({check})"
    )


def upgrade() -> None:
    _upgrade_stock()
    _upgrade_orders()
    _upgrade_payments()
    _create_refunds()
    _create_dispute()
    _create_notes()
    _create_shipments()


def downgrade() -> None:
    for table in ("shipment_line", "shipment", "order_note", "dispute", "refund_line", "refund"):
        op.drop_table(table)
    for column in ("refunding_minor", "received_minor", "received_currency"):
        op.drop_column("payment", column)
    for column in ("called_off_quantity", "shipped_quantity", "refunding_quantity"):
        op.drop_column("order_line", column)
    for name in ("refund_state", "dispute_state", "to_send_since"):
        op.drop_index(f"ix_shop_order_{name}_id", "shop_order")
        op.drop_column("shop_order", name)
    for column in ("is_gift", "gift_note", "refunded_minor"):
        op.drop_column("shop_order", column)
    op.drop_column("stock_movement", "sold")
    for column in ("shelf", "stock_sold"):
        op.drop_column("variant", column)


def _upgrade_stock() -> None:
    _add_checked(
        "variant", "stock_sold", "INTEGER", name="sold_not_negative", check="stock_sold >= 0"
    )
    op.add_column(
        "variant", sa.Column("shelf", sa.String(length=40), server_default="", nullable=False)
    )
    op.add_column(
        "stock_movement", sa.Column("sold", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute("UPDATE stock_movement SET sold = -reserved WHERE kind = 'sold'")
    op.execute(
        "UPDATE variant SET stock_sold = coalesce("
        "(SELECT sum(sold) FROM stock_movement WHERE variant_id = variant.id), 0)"
    )


def _upgrade_orders() -> None:
    for column in (
        sa.Column("refund_state", sa.String(length=20), server_default="none", nullable=False),
        sa.Column("dispute_state", sa.String(length=20), server_default="none", nullable=False),
        sa.Column("is_gift", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("gift_note", sa.Text(), server_default="", nullable=False),
        sa.Column("to_send_since", UtcDateTime(), nullable=True),
    ):
        op.add_column("shop_order", column)
    for name in ("refund_state", "dispute_state", "to_send_since"):
        op.create_index(f"ix_shop_order_{name}_id", "shop_order", [name, "id"])
    _add_checked(
        "shop_order",
        "refunded_minor",
        "BIGINT",
        name="refunded_within_total",
        check="refunded_minor >= 0 AND refunded_minor <= total_minor",
    )
    _add_checked(
        "order_line",
        "refunding_quantity",
        "INTEGER",
        name="refunding_within_quantity",
        check="refunding_quantity >= 0 AND refunding_quantity <= quantity",
    )
    op.add_column(
        "order_line",
        sa.Column("shipped_quantity", sa.Integer(), server_default="0", nullable=False),
    )
    _add_checked(
        "order_line",
        "called_off_quantity",
        "INTEGER",
        name="shipped_within_quantity",
        check="shipped_quantity >= 0 AND called_off_quantity >= 0"
        " AND shipped_quantity + called_off_quantity <= quantity",
    )
    op.execute(
        "UPDATE order_line SET shipped_quantity = quantity WHERE NOT is_digital AND order_id IN"
        " (SELECT id FROM shop_order WHERE state = 'fulfilled')"
    )
    op.execute(
        "UPDATE shop_order SET to_send_since = paid_at WHERE state = 'paid' AND EXISTS"
        " (SELECT 1 FROM order_line WHERE order_id = shop_order.id AND NOT is_digital)"
    )


def _upgrade_payments() -> None:
    op.add_column(
        "payment",
        sa.Column("received_currency", sa.String(length=3), server_default="", nullable=False),
    )
    _add_checked(
        "payment",
        "received_minor",
        "BIGINT",
        name="received_not_negative",
        check="received_minor >= 0",
    )
    op.execute(
        "UPDATE payment SET received_minor = amount_minor, received_currency = currency"
        " WHERE state IN ('paid', 'refund_due')"
    )
    _add_checked(
        "payment",
        "refunding_minor",
        "BIGINT",
        name="refunding_within_received",
        check="refunding_minor >= 0 AND refunding_minor <= received_minor",
    )


def _create_refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("payment_id", BigId, nullable=False),
        sa.Column("provider", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=True),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", BigId, nullable=False),
        sa.Column("shipping_minor", BigId, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.Column("restock", sa.Boolean(), nullable=False),
        sa.Column("is_owed", sa.Boolean(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_amount_positive")),
        sa.CheckConstraint("shipping_minor >= 0", name=op.f("ck_refund_shipping_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop_order.id"], name=op.f("fk_refund_order_id_shop_order")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_refund_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("provider", "reference", name=op.f("uq_refund_provider_reference")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refund_idempotency_key")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"])
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"])
    op.create_index("ix_refund_state_asked_at", "refund", ["state", "asked_at"])
    op.create_table(
        "refund_line",
        sa.Column("refund_id", BigId, nullable=False),
        sa.Column("order_line_id", BigId, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("called_off", sa.Integer(), nullable=False),
        sa.Column("amount_minor", BigId, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_refund_line_quantity_positive")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_refund_line_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_refund_line_refund_id_refund")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_line.id"],
            name=op.f("fk_refund_line_order_line_id_order_line"),
        ),
        sa.PrimaryKeyConstraint("refund_id", "order_line_id", name=op.f("pk_refund_line")),
    )
    op.create_index(op.f("ix_refund_line_order_line_id"), "refund_line", ["order_line_id"])


def _create_dispute() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("payment_id", BigId, nullable=False),
        sa.Column("provider", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", BigId, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("respond_by", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop_order.id"], name=op.f("fk_dispute_order_id_shop_order")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("provider", "reference", name=op.f("uq_dispute_provider_reference")),
    )
    op.create_index(op.f("ix_dispute_order_id"), "dispute", ["order_id"])
    op.create_index(op.f("ix_dispute_payment_id"), "dispute", ["payment_id"])
    op.create_index("ix_dispute_state_respond_by", "dispute", ["state", "respond_by"])


def _create_notes() -> None:
    op.create_table(
        "order_note",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("to_buyer", sa.Boolean(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop_order.id"], name=op.f("fk_order_note_order_id_shop_order")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_order_note_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_note")),
    )
    op.create_index(op.f("ix_order_note_order_id"), "order_note", ["order_id"])


def _create_shipments() -> None:
    op.create_table(
        "shipment",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("tracking_code", sa.String(length=80), nullable=False),
        sa.Column("tracking_url", sa.Text(), nullable=False),
        sa.Column("page_key", sa.String(length=80), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop_order.id"], name=op.f("fk_shipment_order_id_shop_order")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_shipment_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("page_key", name=op.f("uq_shipment_page_key")),
    )
    op.create_index(op.f("ix_shipment_order_id"), "shipment", ["order_id"])
    op.create_table(
        "shipment_line",
        sa.Column("shipment_id", BigId, nullable=False),
        sa.Column("order_line_id", BigId, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id_shipment")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_line.id"],
            name=op.f("fk_shipment_line_order_line_id_order_line"),
        ),
        sa.PrimaryKeyConstraint("shipment_id", "order_line_id", name=op.f("pk_shipment_line")),
    )
    op.create_index(op.f("ix_shipment_line_order_line_id"), "shipment_line", ["order_line_id"])
