"""Fields of plugins on products, articles and orders

Revision ID: 0040
Revises: 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0040"
down_revision = "0042"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.create_table(
        "custom_field",
        sa.Column("id", BigId, nullable=False),
        sa.Column("plugin", sa.String(80), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("found_by", sa.String(200), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint(
            "kind", "subject_id", "name", name=op.f("uq_custom_field_kind_subject_id_name")
        ),
    )
    op.create_index(op.f("ix_custom_field_plugin"), "custom_field", ["plugin"])
    op.create_index("ix_custom_field_kind_found_by", "custom_field", ["kind", "found_by"])


def downgrade() -> None:
    op.drop_table("custom_field")
