"""Mutes, digests, pinned comments

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _comments()
    _decisions()
    op.create_table(
        "comment_mute",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("shown", sa.String(length=320), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("is_spam", sa.Boolean(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", BIG, nullable=True),
        sa.Column("made_by_name", sa.String(length=80), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        _of_account("comment_mute", "made_by_id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_mute")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_comment_mute_kind_key")),
    )
    op.create_index(op.f("ix_comment_mute_made_by_id"), "comment_mute", ["made_by_id"])
    op.create_table(
        "comment_act",
        sa.Column("id", BIG, nullable=False),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=False),
        _of_account("comment_act", "by_id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_act")),
    )
    op.create_index(op.f("ix_comment_act_by_id"), "comment_act", ["by_id"])
    op.create_table(
        "comment_digest",
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        sa.Column("pace", sa.String(length=10), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.Column("told_id", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        _of_account("comment_digest", "account_id", "CASCADE"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_comment_digest")),
    )
    op.create_index(op.f("ix_comment_digest_pace"), "comment_digest", ["pace"])


def downgrade() -> None:
    op.drop_table("comment_digest")
    op.drop_table("comment_act")
    op.drop_table("comment_mute")
    op.drop_index("ix_comment_decision_to_state", "comment_decision")
    op.drop_index("ix_comment_decision_by_id", "comment_decision")
    op.create_index("ix_comment_decision_by_id", "comment_decision", ["by_id"])
    op.drop_index("ix_comment_email_queue", "comment")
    op.drop_index("ix_comment_article_queue", "comment")
    op.create_index("ix_comment_email", "comment", ["email"])
    for name in ("highlighted_by", "highlighted_at", "pinned_at", "network_key"):
        op.drop_column("comment", name)


def _comments() -> None:
    op.add_column(
        "comment",
        sa.Column("network_key", sa.String(length=64), server_default="", nullable=False),
    )
    op.add_column("comment", sa.Column("pinned_at", UtcDateTime(), nullable=True))
    op.add_column("comment", sa.Column("highlighted_at", UtcDateTime(), nullable=True))
    op.add_column(
        "comment",
        sa.Column("highlighted_by", sa.String(length=80), server_default="", nullable=False),
    )
    # One that begins with the address serves whoever asked by the address alone.
    op.drop_index("ix_comment_email", "comment")
    order = ["state", "posted_at", "id"]
    op.create_index("ix_comment_email_queue", "comment", ["email", *order])
    op.create_index("ix_comment_article_queue", "comment", ["article_id", *order])


def _decisions() -> None:
    op.drop_index("ix_comment_decision_by_id", "comment_decision")
    op.create_index("ix_comment_decision_by_id", "comment_decision", ["by_id", "id"])
    op.create_index("ix_comment_decision_to_state", "comment_decision", ["to_state", "id"])


def _of_account(table: str, column: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_account")
    return sa.ForeignKeyConstraint([column], ["account.id"], name=name, ondelete=ondelete)
