"""Sessions and recovery codes are hashed as every other token is

Nobody is signed out, and recovery codes that people have still open: the new hash is the beginning of the old one.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import base64

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

HASHED = {"account_session": "token_hash", "account_recovery_code": "code_hash"}


def upgrade() -> None:
    connection = op.get_bind()
    for name, column in HASHED.items():
        table = sa.table(name, sa.column("id"), sa.column(column))
        changed = [
            {"row": row, "hashed": shortened(digest)}
            for row, digest in connection.execute(sa.select(table.c.id, table.c[column]))
        ]
        if changed:
            connection.execute(
                table.update()
                .where(table.c.id == sa.bindparam("row"))
                .values({column: sa.bindparam("hashed")}),
                changed,
            )


def downgrade() -> None:
    """The rest of a hash is gone: people sign in again, and recovery codes have to be made anew."""
    for name in HASHED:
        op.get_bind().execute(sa.table(name).delete())


def shortened(digest: str) -> str:
    """From 64 hexadecimal digits to what `shop.core.secrets.tokens.hashed_token` makes of the same token."""
    return base64.urlsafe_b64encode(bytes.fromhex(digest)[:24]).decode("ascii")
