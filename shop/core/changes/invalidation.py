"""What other hosts are told of a change: a row in the same transaction, and a notification at its commit.

The purge board reaches the processes of one machine. Where several machines use one PostgreSQL, each unit of work that
purges something also stores its tags in a numbered row and calls NOTIFY, which PostgreSQL delivers when the unit is
committed and never otherwise. One process of each host listens (`shop.core.changes.listener`) and writes the tags on
the board of its own machine. So whatever goes by the board learns the same: kept pages, `remembered` answers (settings,
whether there are taxes, the menu, mutes, the spam filter's weights) and the rendered texts of articles.

Numbers are given before a commit and so are not in the order of the commits. A reader that only asked for numbers above
the last one would miss a slow transaction. The row therefore has the id of its transaction too, and readers ask for all
rows from the oldest transaction that may still be running.
"""

import json
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import JSON, BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database import say_at_commit
from shop.core.database.columns import moment, primary_key
from shop.extensions import Model, db

CHANNEL = "shop_invalidation"
KEEP = timedelta(minutes=5)
"""How long a row stays. A host that has not looked for half of this purges everything instead of reading on."""

_NOTE = (
    "WITH noted AS (INSERT INTO invalidation (transaction_id, tags, made_at) "
    "VALUES (pg_current_xact_id()::text::bigint, CAST(%(tags)s AS json), clock_timestamp()) RETURNING id) "
    "SELECT pg_notify(%(channel)s, CAST(id AS text)) FROM noted"
)
_PRUNE = text(
    "WITH gone AS (DELETE FROM host WHERE seen_at < clock_timestamp() - interval '1 day') "
    "DELETE FROM invalidation WHERE made_at < clock_timestamp() - make_interval(secs => :seconds)"
)


class Invalidation(Model):
    """One change: what it purged, and the PostgreSQL transaction that made it. SQLite has one host and no rows."""

    __tablename__ = "invalidation"

    id: Mapped[primary_key]
    transaction_id: Mapped[int] = mapped_column(BigInteger, index=True)
    tags: Mapped[list[str]] = mapped_column(JSON)
    made_at: Mapped[moment]


def tell_other_hosts(tags: Iterable[str]) -> None:
    """Tell the other hosts of these tags, if and when the present transaction is committed."""
    if is_shared():
        say_at_commit(_NOTE, {"tags": json.dumps(sorted(tags)), "channel": CHANNEL})


def is_shared() -> bool:
    """Whether other hosts can use the same database."""
    return db.engine.dialect.name == "postgresql"


def prune() -> None:
    """Delete rows that every host has read or will not read any more, and hosts that are long gone.

    Only inside a unit of work.
    """
    if is_shared():
        db.session.execute(_PRUNE, {"seconds": KEEP.total_seconds()})
