"""Indexes that find a part of an address, a name or a title on PostgreSQL

Without them the lists of the admin that are searched read a table from its beginning to its end. They need the extension
pg_trgm, which belongs to PostgreSQL; where it is missing or we may not switch it on, everything works without them.

Revision ID: 0048
Revises: 0049
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0049"
branch_labels = None
depends_on = None
is_additive = True

SEARCHED = {
    "newsletter_subscriber": {"email": "email"},
    "account": {"email": "email", "name": "lower(name)"},
    "article": {"title": "lower(title)"},
    "product": {"title": "title"},
}
"""By table: the name of an index, and the words of which it holds parts."""


def upgrade() -> None:
    if not _has_extension():
        return
    for table, indexes in SEARCHED.items():
        for name, words in indexes.items():
            op.execute(
                f"CREATE INDEX ix_{table}_{name}_parts ON {table} USING gin (({words}) gin_trgm_ops)"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, indexes in SEARCHED.items():
        for name in indexes:
            op.execute(f"DROP INDEX IF EXISTS ix_{table}_{name}_parts")


def _has_extension() -> bool:
    """Whether there are parts of words to index; the extension is switched on for this database if it was not."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.DBAPIError:
        return False
    return True
