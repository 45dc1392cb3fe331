"""A job that counts earlier decisions for links and domains

Revision ID: 0045
Revises: 0046
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0045"
down_revision = "0046"
branch_labels = None
depends_on = None
is_additive = True

_KIND = "comments.count_earlier_decisions"
_JOB = sa.table(
    "job",
    sa.column("kind", sa.String),
    sa.column("payload", sa.JSON),
    sa.column("lane", sa.String),
    sa.column("state", sa.String),
    sa.column("run_at", UtcDateTime),
    sa.column("attempts", sa.Integer),
    sa.column("created_at", UtcDateTime),
)


def upgrade() -> None:
    lesson = sa.table("comment_lesson", sa.column("comment_id"))
    if op.get_bind().execute(sa.select(lesson.c.comment_id).limit(1)).first() is None:
        return
    now = datetime.now(UTC)
    job = {"kind": _KIND, "payload": {}, "lane": "slow", "state": "waiting", "attempts": 0}
    op.bulk_insert(_JOB, [{**job, "run_at": now, "created_at": now}])


def downgrade() -> None:
    op.execute(_JOB.delete().where(_JOB.c.kind == _KIND))
