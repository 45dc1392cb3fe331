"""How often a mailbox is written to; addresses written in one way

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime
from shop.core.mail.mailboxes import normal_address

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ADDRESSES = (
    "account",
    "comment",
    "comment_reply_watch",
    "contact_message",
    "download_news",
    "newsletter_sign_up",
    "newsletter_subscriber",
    "shop_order",
    "stock_alert",
)


def upgrade() -> None:
    op.create_table(
        "mail_turn",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("free_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mail_turn")),
    )
    op.create_index(op.f("ix_mail_turn_free_at"), "mail_turn", ["free_at"])
    for name in ADDRESSES:
        _write_in_one_way(name)


def downgrade() -> None:
    op.drop_table("mail_turn")


def _write_in_one_way(name: str) -> None:
    """Write each address as new ones are written; one whose form is taken, where it must be unique, stays as it is."""
    connection = op.get_bind()
    table = sa.table(name, sa.column("email", sa.String))
    for email in connection.scalars(sa.select(table.c.email).distinct()).all():
        address = normal_address(email)
        if address == email:
            continue
        try:
            with connection.begin_nested():
                connection.execute(
                    table.update().where(table.c.email == email).values(email=address)
                )
        except sa.exc.IntegrityError:
            continue
