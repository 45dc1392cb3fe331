"""The country that the site sells from, with the site's own settings

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.core.database.columns import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NAME = "home_country"


def upgrade() -> None:
    _move("checkout", "site")


def downgrade() -> None:
    _move("site", "checkout")


def _move(source: str, target: str) -> None:
    """What the owner had said goes along; where nothing was said, nothing changes."""
    setting = sa.table(
        "setting",
        sa.column("namespace", sa.String),
        sa.column("values", sa.JSON),
        sa.column("changed_at", UtcDateTime),
    )
    connection = op.get_bind()
    rows = {row.namespace: row for row in connection.execute(sa.select(setting))}
    before = rows.get(source)
    if before is None or NAME not in before.values:
        return
    kept = {name: value for name, value in before.values.items() if name != NAME}
    moved = {NAME: before.values[NAME]}
    connection.execute(setting.update().where(setting.c.namespace == source).values(values=kept))
    if target in rows:
        connection.execute(
            setting.update()
            .where(setting.c.namespace == target)
            .values(values={**rows[target].values, **moved})
        )
    else:
        connection.execute(
            setting.insert().values(namespace=target, values=moved, changed_at=before.changed_at)
        )
