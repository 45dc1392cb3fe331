"""What speaks for and against a comment

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("comment", sa.Column("score", sa.Integer(), server_default="0", nullable=False))
    op.add_column("comment", sa.Column("campaign", sa.String(length=32), nullable=True))
    op.add_column(
        "comment",
        sa.Column("author_url", sa.String(length=300), server_default="", nullable=False),
    )
    op.create_index("ix_comment_campaign", "comment", ["campaign", "state", "id"])
    op.create_index("ix_comment_score", "comment", ["state", "score", "posted_at", "id"])
    _prints()
    _lessons()
    _rescans()


def downgrade() -> None:
    for name in (
        "comment_rescan_finding",
        "comment_rescan",
        "comment_standing",
        "comment_wording",
        "comment_lesson",
        "comment_band",
        "comment_print",
    ):
        op.drop_table(name)
    op.drop_index("ix_comment_score", "comment")
    op.drop_index("ix_comment_campaign", "comment")
    op.drop_column("comment", "author_url")
    op.drop_column("comment", "campaign")
    op.drop_column("comment", "score")


def _prints() -> None:
    op.create_table(
        "comment_print",
        sa.Column("comment_id", BIG, nullable=False),
        sa.Column("bins", sa.LargeBinary(), nullable=False),
        _of_comment("comment_print"),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_print")),
    )
    op.create_table(
        "comment_band",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("comment_id", BIG, nullable=False),
        _of_comment("comment_band"),
        sa.PrimaryKeyConstraint("band", "comment_id", name=op.f("pk_comment_band")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_comment_band_comment_id"), "comment_band", ["comment_id"])


def _lessons() -> None:
    op.create_table(
        "comment_lesson",
        sa.Column("comment_id", BIG, nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("learnt", sa.Integer(), nullable=False),
        sa.Column("is_pending", sa.Boolean(), nullable=False),
        sa.Column("pull", sa.Double(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        _of_comment("comment_lesson"),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_lesson")),
    )
    op.create_index(op.f("ix_comment_lesson_is_pending"), "comment_lesson", ["is_pending"])
    op.create_table(
        "comment_wording",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lessons", sa.Integer(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_wording")),
    )
    op.create_table(
        "comment_standing",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_comment_standing")),
    )


def _rescans() -> None:
    op.create_table(
        "comment_rescan",
        sa.Column("id", BIG, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_rescan")),
    )
    op.create_index(op.f("ix_comment_rescan_state"), "comment_rescan", ["state"])
    op.create_table(
        "comment_rescan_finding",
        sa.Column("rescan_id", BIG, nullable=False),
        sa.Column("comment_id", BIG, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rescan_id"],
            ["comment_rescan.id"],
            name=op.f("fk_comment_rescan_finding_rescan_id_comment_rescan"),
            ondelete="CASCADE",
        ),
        _of_comment("comment_rescan_finding"),
        sa.PrimaryKeyConstraint("rescan_id", "comment_id", name=op.f("pk_comment_rescan_finding")),
    )
    op.create_index(
        op.f("ix_comment_rescan_finding_comment_id"), "comment_rescan_finding", ["comment_id"]
    )
    op.create_index(
        "ix_comment_rescan_finding_list",
        "comment_rescan_finding",
        ["rescan_id", "is_open", "score"],
    )


def _of_comment(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_comment_id_comment")
    return sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=name, ondelete="CASCADE")
