"""How calls into plugins went, and which plugins are switched off

Revision ID: 0035
Revises: 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0036"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    numbers = ("calls", "failures", "slow_calls", "milliseconds", "longest_ms")
    moments = ("failed_at", "paused_until", "owner_told_at")
    op.create_table(
        "hook_health",
        sa.Column("plugin", sa.String(80), nullable=False),
        sa.Column("hook", sa.String(40), nullable=False),
        sa.Column("part", sa.String(200), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in numbers),
        sa.Column("last_words", sa.String(300), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in moments),
        sa.PrimaryKeyConstraint("plugin", "hook", "part", name="pk_hook_health"),
    )
    op.create_table(
        "switched_off_plugin",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("switched_off_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_switched_off_plugin"),
    )


def downgrade() -> None:
    op.drop_table("switched_off_plugin")
    op.drop_table("hook_health")
