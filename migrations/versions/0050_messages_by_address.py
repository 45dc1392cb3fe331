"""Messages of the contact page are found by the address of who wrote them, for taking away and erasing

Revision ID: 0050
Revises: 0048
"""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0048"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.create_index("ix_contact_message_email", "contact_message", ["email"])


def downgrade() -> None:
    op.drop_index("ix_contact_message_email", table_name="contact_message")
