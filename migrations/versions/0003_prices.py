"""Discounts, shipping rates, taxes

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDER_COLUMNS = (
    ("discount_minor", BIG, "0"),
    ("discount_label", sa.String(length=120), ""),
    ("shipping_label", sa.String(length=120), ""),
    ("tax_breakdown", sa.JSON(), sa.text("'[]'")),
    ("prices_include_tax", sa.Boolean(), sa.true()),
    ("tax_country", sa.String(length=2), ""),
    ("tax_number", sa.String(length=32), ""),
)
LINE_COLUMNS = (
    ("discount_minor", BIG, "0"),
    ("tax_minor", BIG, "0"),
    ("tax_rate", sa.Integer(), "0"),
)
MOVED_SETTINGS = {
    "shipping_flat_minor": "flat_minor",
    "shipping_free_from_minor": "free_from_minor",
}


def upgrade() -> None:
    for table, columns in (("shop_order", ORDER_COLUMNS), ("order_line", LINE_COLUMNS)):
        for name, kind, default in columns:
            rules = (
                [
                    sa.CheckConstraint(
                        "discount_minor >= 0", name=op.f(f"ck_{table}_discount_not_negative")
                    )
                ]
                if name == "discount_minor"
                else []
            )
            op.add_column(
                table, sa.Column(name, kind, *rules, server_default=default, nullable=False)
            )
    op.add_column(
        "cart", sa.Column("code", sa.String(length=40), server_default="", nullable=False)
    )
    _discounts()
    _shipping()
    _taxes()
    _move_settings("checkout", "shipping", MOVED_SETTINGS)


def _discounts() -> None:
    op.create_table(
        "discount_code",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("amount_minor", BIG, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("once_a_customer", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("uses >= 0", name=op.f("ck_discount_code_uses_not_negative")),
        sa.CheckConstraint("max_uses > 0", name=op.f("ck_discount_code_max_uses_positive")),
        sa.CheckConstraint(
            "percent > 0 AND percent <= 100000", name=op.f("ck_discount_code_percent_in_bounds")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_discount_code_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount_code")),
        sa.UniqueConstraint("code", name=op.f("uq_discount_code_code")),
    )
    op.create_table(
        "discount_code_product",
        sa.Column("code_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"],
            ["discount_code.id"],
            name=op.f("fk_discount_code_product_code_id_discount_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_discount_code_product_product_id_product"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code_id", "product_id", name=op.f("pk_discount_code_product")),
    )
    op.create_index("ix_discount_code_product_product_id", "discount_code_product", ["product_id"])
    op.create_table(
        "discount_use",
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("code_id", BIG, nullable=False),
        sa.Column("customer_key", sa.String(length=64), nullable=True),
        sa.Column("given_back_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop_order.id"], name=op.f("fk_discount_use_order_id_shop_order")
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["discount_code.id"], name=op.f("fk_discount_use_code_id_discount_code")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_discount_use")),
        sa.UniqueConstraint(
            "code_id", "customer_key", name=op.f("uq_discount_use_code_id_customer_key")
        ),
    )


def _shipping() -> None:
    op.create_table(
        "shipping_zone",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("is_rest", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_zone")),
    )
    op.create_table(
        "shipping_rate",
        sa.Column("id", BIG, nullable=False),
        sa.Column("zone_id", BIG, nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_minor", BIG, nullable=False),
        sa.Column("free_from_minor", BIG, nullable=True),
        sa.Column("max_grams", sa.Integer(), nullable=True),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_shipping_rate_price_not_negative")),
        sa.CheckConstraint("free_from_minor > 0", name=op.f("ck_shipping_rate_free_from_positive")),
        sa.CheckConstraint("max_grams > 0", name=op.f("ck_shipping_rate_max_grams_positive")),
        sa.ForeignKeyConstraint(
            ["zone_id"],
            ["shipping_zone.id"],
            name=op.f("fk_shipping_rate_zone_id_shipping_zone"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_rate")),
    )
    op.create_index("ix_shipping_rate_zone_id", "shipping_rate", ["zone_id"])


def _taxes() -> None:
    op.create_table(
        "tax_rate",
        sa.Column("id", BIG, nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("applies_to", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint("rate >= 0 AND rate <= 100000", name=op.f("ck_tax_rate_rate_in_bounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
        sa.UniqueConstraint(
            "country",
            "applies_to",
            "valid_from",
            name=op.f("uq_tax_rate_country_applies_to_valid_from"),
        ),
    )


def _move_settings(source: str, target: str, names: dict[str, str]) -> None:
    """What an owner had said about shipping goes with it to the feature that it belongs to now."""
    setting = sa.table(
        "setting",
        sa.column("namespace", sa.String),
        sa.column("values", sa.JSON),
        sa.column("changed_at", UtcDateTime),
    )
    connection = op.get_bind()
    rows = {row.namespace: row for row in connection.execute(sa.select(setting))}
    before = rows.get(source)
    moved = {
        new: before.values[old] for old, new in names.items() if before and old in before.values
    }
    if before is None or not moved:
        return
    kept = {name: value for name, value in before.values.items() if name not in names}
    connection.execute(setting.update().where(setting.c.namespace == source).values(values=kept))
    if target in rows:
        connection.execute(
            setting.update()
            .where(setting.c.namespace == target)
            .values(values={**moved, **rows[target].values})
        )
    else:
        connection.execute(
            setting.insert().values(namespace=target, values=moved, changed_at=before.changed_at)
        )


def downgrade() -> None:
    _move_settings("shipping", "checkout", {new: old for old, new in MOVED_SETTINGS.items()})
    for table in (
        "tax_rate",
        "shipping_rate",
        "shipping_zone",
        "discount_use",
        "discount_code_product",
        "discount_code",
    ):
        op.drop_table(table)
    op.drop_column("cart", "code")
    for table, columns in (("order_line", LINE_COLUMNS), ("shop_order", ORDER_COLUMNS)):
        for name, _kind, _default in reversed(columns):
            op.drop_column(table, name)
