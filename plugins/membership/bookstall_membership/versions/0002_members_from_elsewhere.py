"""Members that come from another site have no account here yet."""

import sqlalchemy as sa
from alembic import op

revision = "membership_0002"
down_revision = "membership_0001"
branch_labels = None
depends_on = None

MEMBER = "plugin_membership_member"


def upgrade() -> None:
    with op.batch_alter_table(MEMBER) as table:
        table.alter_column("account_id", existing_type=sa.BigInteger(), nullable=True)


def downgrade() -> None:
    op.execute(f"DELETE FROM {MEMBER} WHERE account_id IS NULL")  # noqa: S608
    with op.batch_alter_table(MEMBER) as table:
        table.alter_column("account_id", existing_type=sa.BigInteger(), nullable=False)
