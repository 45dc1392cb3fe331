"""Comments whose text staff changed: the author's words, and who changed what

Revision ID: 0033
Revises: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("comment") as table:
        table.add_column(sa.Column("original_body", sa.Text(), nullable=True))
    op.create_index("ix_comment_network", "comment", ["network_key", "id"])
    op.create_table(
        "comment_staff_edit",
        sa.Column("id", BigId, nullable=False),
        sa.Column("comment_id", BigId, nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comment_staff_edit_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["account.id"],
            name=op.f("fk_comment_staff_edit_by_id_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_staff_edit")),
    )
    for column in ("comment_id", "by_id"):
        name = op.f(f"ix_comment_staff_edit_{column}")
        op.create_index(name, "comment_staff_edit", [column])


def downgrade() -> None:
    op.drop_table("comment_staff_edit")
    op.drop_index("ix_comment_network", "comment")
    with op.batch_alter_table("comment") as table:
        table.drop_column("original_body")
