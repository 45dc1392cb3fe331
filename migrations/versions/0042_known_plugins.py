"""How long calls into plugins take, which hosts plugins ask, and which plugins there were

Revision ID: 0042
Revises: 0050
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0050"
branch_labels = None
depends_on = None
is_additive = True

_TIMES = ("within_1", "within_3", "within_10", "within_30", "within_100", "within_300")
_LONG_TIMES = ("within_1000", "within_3000", "beyond")


def upgrade() -> None:
    with op.batch_alter_table("hook_health") as batch:
        for name in (*_TIMES, *_LONG_TIMES):
            batch.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "asked_host",
        sa.Column("plugin", sa.String(80), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "host", name="pk_asked_host"),
    )
    op.create_table(
        "known_plugin",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_known_plugin"),
    )


def downgrade() -> None:
    op.drop_table("known_plugin")
    op.drop_table("asked_host")
    with op.batch_alter_table("hook_health") as batch:
        for name in reversed((*_TIMES, *_LONG_TIMES)):
            batch.drop_column(name)
