"""Imports and exports that are begun in the admin, what each import brought, barcodes, what variants differ in

Revision ID: 0047
Revises: 0045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import BigId, UtcDateTime

revision = "0047"
down_revision = "0045"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    op.add_column("variant", sa.Column("barcode", sa.String(40), nullable=False, server_default=""))
    op.add_column("product", sa.Column("choice", sa.String(120), nullable=False, server_default=""))
    op.create_table(
        "import_run",
        sa.Column("id", BigId, nullable=False),
        sa.Column("importer", sa.String(80), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file", sa.String(120), nullable=False),
        sa.Column("map_file", sa.String(120), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("imported", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("is_partial", sa.Boolean(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["account.id"],
            name=op.f("fk_import_run_by_id_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(op.f("ix_import_run_by_id"), "import_run", ["by_id"])
    op.create_table(
        "import_arrival",
        sa.Column("id", BigId, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("row_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["import_run.id"],
            name=op.f("fk_import_arrival_run_id_import_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_arrival")),
    )
    op.create_index("ix_import_arrival_run_kind", "import_arrival", ["run_id", "kind", "id"])
    op.create_table(
        "site_export",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("file", sa.String(120), nullable=False),
        sa.Column("size", BigId, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["account.id"],
            name=op.f("fk_site_export_by_id_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_export")),
    )
    op.create_index(op.f("ix_site_export_by_id"), "site_export", ["by_id"])


def downgrade() -> None:
    op.drop_table("site_export")
    op.drop_table("import_arrival")
    op.drop_table("import_run")
    op.drop_column("product", "choice")
    op.drop_column("variant", "barcode")
