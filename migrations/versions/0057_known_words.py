"""The words that pages have, to find the one that somebody meant; indexes of parts for the list of orders

Revision ID: 0057
Revises: 0055
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.search import learn_all_words

revision = "0057"
down_revision = "0055"
branch_labels = None
depends_on = None
is_additive = True

SEARCHED = {"number": "number", "email": "email", "name": "lower(name)"}
"""Of an order: the name of an index, and the words of which it holds parts."""


def upgrade() -> None:
    connection = op.get_bind()
    learn_all_words(connection)
    if connection.dialect.name == "postgresql" and _has_extension(connection):
        for name, words in SEARCHED.items():
            op.execute(
                f"CREATE INDEX ix_shop_order_{name}_parts ON shop_order USING gin (({words}) gin_trgm_ops)"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in SEARCHED:
            op.execute(f"DROP INDEX IF EXISTS ix_shop_order_{name}_parts")
    else:
        op.execute("DROP TABLE search_index_terms")
        op.execute("DROP TABLE search_index_pieces")
    op.drop_table("search_index_vocabulary")


def _has_extension(connection: sa.Connection) -> bool:
    """Whether 0048 was allowed to switch it on."""
    found = connection.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'"))
    return found is not None
