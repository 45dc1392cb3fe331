"""What readers propose."""

import sqlalchemy as sa
from alembic import op

revision = "marginalia_0003"
down_revision = "marginalia_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_marginalia_proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state_before", sa.String(10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("plugin_marginalia_proposal")
