"""Rights given to single people; who writes as which author

Revision ID: 0014
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("given", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "author_account",
        sa.Column("author_id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["author.id"],
            name=op.f("fk_author_account_author_id_author"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_author_account_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_author_account")),
        sa.UniqueConstraint("account_id", name=op.f("uq_author_account_account_id")),
    )


def downgrade() -> None:
    op.drop_table("author_account")
    op.drop_column("account", "given")
