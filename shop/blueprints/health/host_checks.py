"""Whether the hosts of one site fit together, and whether each learns what the others change."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from shop.blueprints.health.states import Unwell
from shop.core.app_state import app_state
from shop.core.changes import invalidation, listener, peers

HEARD_SECONDS = 5.0


def same_everywhere() -> str:
    """One key, the same plugins, one place for files, clocks that agree."""
    if not invalidation.is_shared():
        return "SQLite is for one host"
    try:
        hosts = peers.running()
        found = peers.differences(peers.facts_of(app_state().config), hosts)
    except SQLAlchemyError:
        raise Unwell("This can’t be checked while the database does not answer.") from None
    if found:
        raise Unwell(" ".join(found))
    files = (
        "; files lie in a folder, which all of them must share" if _files_apart(len(hosts)) else ""
    )
    return f"{len(hosts)} running, with one key, the same plugins and clocks that agree{files}"


def _files_apart(hosts: int) -> bool:
    return hosts > 1 and not app_state().config.files_url


def notified() -> str:
    """What other hosts change becomes known here."""
    if not invalidation.is_shared():
        return "SQLite is for one host"
    seconds = listener.seconds_since_answer(app_state().config.data_dir)
    if seconds is None:
        return "nothing serves or runs jobs here"
    if seconds > HEARD_SECONDS:
        raise Unwell(
            f"The database has not answered here for {seconds:.0f} s, so nothing that is remembered is trusted. "
            "Check the connection, and that PgBouncer pools by session."
        )
    return f"answered {seconds:.1f} s ago"
