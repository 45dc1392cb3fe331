"""Edits, reply mails, reactions

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def columns() -> tuple[sa.Column, ...]:
    """Made anew each time: a column belongs to one table."""
    return (
        sa.Column("thread_start", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("edit_key", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("helpful", sa.Integer(), nullable=False, server_default="0"),
    )


INDEXES = {
    "ix_comment_edit_key": ["edit_key"],
    "ix_comment_oldest": ["article_id", "state", "thread_start", "reply_rank", "id"],
}


def upgrade() -> None:
    for column in columns():
        op.add_column("comment", column)
    op.execute("UPDATE comment SET thread_start = -thread_rank")
    for name, indexed in INDEXES.items():
        op.create_index(name, "comment", indexed)

    op.create_table(
        "comment_reply_watch",
        sa.Column("comment_id", BigId, nullable=False),
        sa.Column("thread_id", BigId, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("confirmation_sent_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state != 'confirmed' OR confirmed_at IS NOT NULL",
            name=op.f("ck_comment_reply_watch_confirmed_when"),
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comment_reply_watch_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_reply_watch")),
        sa.UniqueConstraint("token", name=op.f("uq_comment_reply_watch_token")),
    )
    op.create_index(op.f("ix_comment_reply_watch_email"), "comment_reply_watch", ["email"])
    op.create_index(
        "ix_comment_reply_watch_state_asked_at", "comment_reply_watch", ["state", "asked_at"]
    )
    op.create_index(
        "ix_comment_reply_watch_thread_id_state", "comment_reply_watch", ["thread_id", "state"]
    )
    op.create_table(
        "comment_helpful_mark",
        sa.Column("comment_id", BigId, nullable=False),
        sa.Column("reader_key", sa.String(length=64), nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comment_helpful_mark_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment_id", "reader_key", name=op.f("pk_comment_helpful_mark")),
    )
    op.create_index(
        op.f("ix_comment_helpful_mark_marked_at"), "comment_helpful_mark", ["marked_at"]
    )


def downgrade() -> None:
    for table in ("comment_helpful_mark", "comment_reply_watch"):
        op.drop_table(table)
    for name in INDEXES:
        op.drop_index(name, "comment")
    for column in reversed(columns()):
        op.drop_column("comment", column.name)
