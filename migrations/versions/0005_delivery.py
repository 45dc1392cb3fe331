"""Files and their versions, papers

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CAME_FROM = {"server_default": "", "nullable": False}


def upgrade() -> None:
    _add_versions()
    _add_delivery()
    _add_papers()
    _add_sales()


def _add_versions() -> None:
    op.add_column(
        "product_file", sa.Column("position", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "product_file",
        sa.Column("is_stamped", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "product_file_version",
        sa.Column("id", BigId, nullable=False),
        sa.Column("file_id", BigId, nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("storage_key", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("announced_at", UtcDateTime(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["product_file.id"],
            name=op.f("fk_product_file_version_file_id_product_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_file_version")),
        sa.UniqueConstraint(
            "file_id", "storage_key", name=op.f("uq_product_file_version_file_id_storage_key")
        ),
    )
    op.execute(
        "INSERT INTO product_file_version"
        " (file_id, version, storage_key, size, media_type, changes, created_at, told)"
        " SELECT id, version, storage_key, size, media_type, '', created_at, 0 FROM product_file"
    )


def _add_delivery() -> None:
    op.add_column(
        "download_grant",
        sa.Column("stamp", sa.String(length=8), server_default="", nullable=False),
    )
    op.add_column("download_grant", sa.Column("stamped_key", sa.String(length=64), nullable=True))
    op.add_column("download_grant", sa.Column("stamped_size", BigId, nullable=True))
    op.create_table(
        "download_revocation",
        sa.Column("order_line_id", BigId, nullable=False),
        sa.Column("refund_id", BigId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_line.id"],
            name=op.f("fk_download_revocation_order_line_id_order_line"),
        ),
        sa.PrimaryKeyConstraint("order_line_id", name=op.f("pk_download_revocation")),
    )
    op.create_table(
        "download_news",
        sa.Column("version_id", BigId, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["product_file_version.id"],
            name=op.f("fk_download_news_version_id_product_file_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "email", name=op.f("pk_download_news")),
    )


def _add_papers() -> None:
    op.create_table(
        "invoice_series",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_invoice_series_last_not_negative")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "invoice",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("corrects_id", BigId, nullable=True),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", BigId, nullable=False),
        sa.Column("tax_minor", BigId, nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_invoice_sequence_positive")),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_invoice_total_positive")),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["invoice.id"], name=op.f("fk_invoice_corrects_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop_order.id"], name=op.f("fk_invoice_order_id_shop_order")
        ),
        sa.ForeignKeyConstraint(
            ["series"], ["invoice_series.name"], name=op.f("fk_invoice_series_invoice_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint("order_id", "cause", name=op.f("uq_invoice_order_id_cause")),
        sa.UniqueConstraint("series", "sequence", name=op.f("uq_invoice_series_sequence")),
        sa.UniqueConstraint("token", name=op.f("uq_invoice_token")),
    )
    op.create_index("ix_invoice_kind_id", "invoice", ["kind", "id"])
    op.create_index(op.f("ix_invoice_corrects_id"), "invoice", ["corrects_id"])


def _add_sales() -> None:
    op.add_column("cart_item", sa.Column("came_from", sa.String(length=80), **CAME_FROM))
    op.add_column("order_line", sa.Column("came_from", sa.String(length=80), **CAME_FROM))
    op.create_index("ix_shop_order_placed_at_id", "shop_order", ["placed_at", "id"])
    op.create_index("ix_shop_order_paid_at_id", "shop_order", ["paid_at", "id"])
    op.create_index("ix_refund_settled_at", "refund", ["settled_at"])
    day, currency = ("day", sa.Date()), ("currency", sa.String(length=3))
    sums = [(name, BigId) for name in ("revenue_minor", "discount_minor", "shipping_minor")]
    _rollup(
        "sales_day",
        [day, currency],
        [
            ("orders", sa.Integer()),
            *sums,
            ("tax_minor", BigId),
            ("refunds", sa.Integer()),
            ("refunded_minor", BigId),
            ("orders_from_articles", sa.Integer()),
            ("counted_at", UtcDateTime()),
        ],
    )
    _rollup(
        "sales_guide_day",
        [day, currency, ("product_id", BigId)],
        [("title", sa.String(length=200)), ("pieces", sa.Integer()), ("revenue_minor", BigId)],
    )
    _rollup(
        "sales_tax_day",
        [
            day,
            currency,
            ("country", sa.String(length=2)),
            ("label", sa.String(length=80)),
            ("rate", sa.Integer()),
        ],
        [("base_minor", BigId), ("tax_minor", BigId)],
    )
    _rollup(
        "sales_lead_day",
        [day, currency, ("article", sa.String(length=80))],
        [("orders", sa.Integer()), ("revenue_minor", BigId)],
    )
    _rollup(
        "sales_click_day",
        [day, ("article", sa.String(length=80)), ("product_id", BigId)],
        [("clicks", sa.Integer())],
        sa.CheckConstraint("clicks > 0", name=op.f("ck_sales_click_day_clicks_positive")),
    )


def _rollup(name: str, key: list, values: list, *rules: sa.Constraint) -> None:
    op.create_table(
        name,
        *(sa.Column(column, kind, nullable=False) for column, kind in [*key, *values]),
        *rules,
        sa.PrimaryKeyConstraint(*(column for column, _kind in key), name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    for table in (
        "sales_click_day",
        "sales_lead_day",
        "sales_tax_day",
        "sales_guide_day",
        "sales_day",
    ):
        op.drop_table(table)
    op.drop_index("ix_refund_settled_at", "refund")
    op.drop_index("ix_shop_order_paid_at_id", "shop_order")
    op.drop_index("ix_shop_order_placed_at_id", "shop_order")
    op.drop_column("order_line", "came_from")
    op.drop_column("cart_item", "came_from")
    op.drop_table("invoice")
    op.drop_table("invoice_series")
    op.drop_table("download_news")
    op.drop_table("download_revocation")
    for column in ("stamped_size", "stamped_key", "stamp"):
        op.drop_column("download_grant", column)
    op.drop_table("product_file_version")
    op.drop_column("product_file", "is_stamped")
    op.drop_column("product_file", "position")
