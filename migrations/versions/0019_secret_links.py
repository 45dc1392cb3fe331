"""No link that opens something is stored as it is

A link that was given out before still opens its row: of it a hash is kept. What named an order by its link names it by
that hash too.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import base64
import hashlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Tables whose rows are opened by a link, by their key.
OPENED = {
    "shop_order": "id",
    "cart": "id",
    "invoice": "id",
    "newsletter_subscriber": "id",
    "stock_alert": "id",
    "comment_reply_watch": "comment_id",
}
# Where an order was named by its link.
NAMED = {"stock_reservation": "reference", "stock_movement": "reference", "cart": "held_as"}
BATCH = 1000


def upgrade() -> None:
    connection = op.get_bind()
    order = sa.table("shop_order", sa.column("token"))
    orders = set(connection.scalars(sa.select(order.c.token)))
    for name, column in NAMED.items():
        _hash(connection, name, "id", column, only=orders)
    for name, key in OPENED.items():
        _hash(connection, name, key, "token")


def downgrade() -> None:
    """A hash can't be undone: links that were given out open nothing afterwards, and carts begin anew."""


def _hash(
    connection: Connection, name: str, key: str, column: str, *, only: set[str] | None = None
) -> None:
    table = sa.table(name, sa.column(key), sa.column(column))
    rows = sa.select(table.c[key], table.c[column]).order_by(table.c[key]).limit(BATCH)
    last = 0
    while batch := connection.execute(rows.where(table.c[key] > last)).all():
        changed = [
            {"row": row[0], "hashed": hashed(row[1])}
            for row in batch
            if row[1] is not None and (only is None or row[1] in only)
        ]
        if changed:
            connection.execute(
                table.update()
                .where(table.c[key] == sa.bindparam("row"))
                .values({column: sa.bindparam("hashed")}),
                changed,
            )
        last = batch[-1][0]


def hashed(token: str) -> str:
    """As `shop.core.secrets.tokens.hashed_token`; written out, because a migration must not change with it."""
    raw = hashlib.sha256(token.encode()).digest()[:24]
    return base64.urlsafe_b64encode(raw).decode("ascii")
