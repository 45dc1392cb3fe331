"""Jobs wait in lanes, each with a deadline

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
is_additive = True

MONEY = (
    "orders",
    "payments",
    "payments_stripe",
    "checkout",
    "downloads",
    "discounts",
    "invoices",
    "shipments",
)


def upgrade() -> None:
    op.add_column("job", sa.Column("lane", sa.String(10), server_default="usual", nullable=False))
    op.add_column("job", sa.Column("deadline", sa.Integer(), server_default="60", nullable=False))
    op.drop_index("ix_job_due", "job")
    op.create_index("ix_job_due", "job", ["state", "lane", "run_at"])
    job = sa.table(
        "job",
        sa.column("kind", sa.String),
        sa.column("lane", sa.String),
        sa.column("state", sa.String),
    )
    waiting = sa.update(job).where(job.c.state == "waiting")
    op.execute(waiting.where(job.c.kind == "mail.send").values(lane="mail"))
    for feature in MONEY:
        is_of_feature = sa.or_(
            *(
                job.c.kind.startswith(f"{before}{feature}.")
                for before in ("", "event:", "periodic:")
            )
        )
        op.execute(waiting.where(is_of_feature).values(lane="money"))


def downgrade() -> None:
    op.drop_index("ix_job_due", "job")
    op.create_index("ix_job_due", "job", ["state", "run_at"])
    with op.batch_alter_table("job") as batch:
        batch.drop_column("deadline")
        batch.drop_column("lane")
