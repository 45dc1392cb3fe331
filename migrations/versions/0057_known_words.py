"""The words that pages have, to find the one that somebody meant

Revision ID: 0057
Revises: 0055
"""

from __future__ import annotations

from alembic import op

from shop.core.search import learn_all_words

revision = "0057"
down_revision = "0055"
branch_labels = None
depends_on = None
is_additive = True


def upgrade() -> None:
    learn_all_words(op.get_bind())


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index_terms")
        op.execute("DROP TABLE search_index_pieces")
    op.drop_table("search_index_vocabulary")
