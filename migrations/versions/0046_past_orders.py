"""Orders that were placed elsewhere, and comments on pages, which are closed until somebody opens them

Revision ID: 0046
Revises: 0043
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0043"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.add_column("shop_order", sa.Column("import_key", sa.String(200), nullable=True))
    op.create_index(op.f("ix_shop_order_import_key"), "shop_order", ["import_key"], unique=True)
    op.execute("UPDATE article SET comments_open = false WHERE kind = 'page'")


def downgrade() -> None:
    op.drop_index(op.f("ix_shop_order_import_key"), table_name="shop_order")
    op.drop_column("shop_order", "import_key")
