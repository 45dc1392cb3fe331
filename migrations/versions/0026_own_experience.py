"""What a site's own decisions allow to be said about wording

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    with op.batch_alter_table("comment_lesson") as table:
        table.add_column(sa.Column("language", sa.String(2), nullable=False, server_default=""))
    with op.batch_alter_table("comment_wording") as table:
        table.add_column(sa.Column("spam", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("limits", sa.JSON(), nullable=False, server_default="{}"))
    op.execute(
        "UPDATE comment_wording SET spam = (SELECT count(*) FROM comment_lesson WHERE learnt > 0)"
    )


def downgrade() -> None:
    with op.batch_alter_table("comment_wording") as table:
        table.drop_column("limits")
        table.drop_column("spam")
    with op.batch_alter_table("comment_lesson") as table:
        table.drop_column("language")
