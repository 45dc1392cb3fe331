"""Notes can be taken down."""

import sqlalchemy as sa
from alembic import op

revision = "marginalia_0002"
down_revision = "marginalia_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plugin_marginalia_note", sa.Column("taken_down_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("plugin_marginalia_note") as table:
        table.drop_column("taken_down_at")
