"""Which plugins of others this site has been started with, and under which names they keep things.

It is written down when tables are updated and when the site starts, so that a plugin can still be purged when its
package is gone and nobody can ask it any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from importlib.metadata import entry_points
from typing import Any

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.app_state import app_state
from shop.core.database import upsert
from shop.core.database.columns import moment
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import Model, db
from shop.plugins.guard.health import SwitchedOffPlugin
from shop.plugins.installed.switches import TAG
from shop.plugins.manager import ENTRY_POINTS, Registry

SEEN_EVERY = timedelta(days=1)
"""How often it is written down anew that a plugin is still here."""


class KnownPlugin(Model):
    """A plugin of others that was started here. `given` are the names of its themes, jobs and search sources."""

    __tablename__ = "known_plugin"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(80))
    given: Mapped[dict[str, Any]] = mapped_column(JSON)
    last_seen_at: Mapped[moment]


def names_given(name: str) -> Mapping[str, Sequence[str]]:
    """Under which names a plugin keeps things: as it says itself, or as it said when it was last started here."""
    whole = app_state().part(Registry)
    if name in whole.third_parties:
        return _given_by(whole, name)
    row = db.session.get(KnownPlugin, name)
    return row.given if row is not None else {}


def contributions() -> Mapping[str, list[str]]:
    """Through which hooks each plugin gives something, by its name."""
    whole = app_state().part(Registry)
    found: dict[str, list[str]] = {}
    for each in fields(whole):
        items = getattr(whole, each.name)
        if isinstance(items, list) and each.name != "plugins":
            for owner in dict.fromkeys(whole.owners.of(item) for item in items):
                found.setdefault(owner, []).append(each.name)
    return found


def versions() -> Mapping[str, str]:
    """The version of each plugin that is installed."""
    return {
        point.name: point.dist.version if point.dist else ""
        for point in entry_points(group=ENTRY_POINTS)
    }


def gone() -> Sequence[KnownPlugin]:
    """Plugins that were started here, and with which the site is not started any more."""
    here = app_state().part(Registry).third_parties
    rows = db.session.scalars(select(KnownPlugin).order_by(KnownPlugin.name))
    return [row for row in rows if row.name not in here]


def note_plugins() -> None:
    """Write down which plugins of others are here; one that is not needs no switch any more. A site that has none, or
    the same as yesterday, writes nothing.
    """
    whole, found = app_state().part(Registry), versions()
    news = []
    for plugin in whole.plugins:
        if plugin.name in whole.third_parties:
            said = {
                "title": str(plugin.title)[:200],
                "version": found.get(plugin.name, "")[:80],
                "given": _given_by(whole, plugin.name),
            }
            if not _is_noted(plugin.name, said):
                news.append({"name": plugin.name, **said, "last_seen_at": clock.now()})
    left = set(db.session.scalars(select(SwitchedOffPlugin.name))) - {*app_state().config.plugins}
    db.session.rollback()
    if not news and not left:
        return
    with unit_of_work():
        for row in news:
            _note(row)
        db.session.execute(delete(SwitchedOffPlugin).where(SwitchedOffPlugin.name.in_(left)))
        purge(TAG)


def _is_noted(name: str, said: Mapping[str, Any]) -> bool:
    row = db.session.get(KnownPlugin, name)
    return (
        row is not None
        and row.last_seen_at > clock.now() - SEEN_EVERY
        and all(getattr(row, each) == value for each, value in said.items())
    )


def _note(row: Mapping[str, Any]) -> None:
    values = {each: value for each, value in row.items() if each != "name"}
    db.session.execute(
        upsert(KnownPlugin)
        .values(**row)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def _given_by(whole: Registry, name: str) -> dict[str, list[str]]:
    def named(items: Sequence[Any]) -> list[str]:
        return [item.name for item in items if whole.owners.of(item) == name]

    return {
        "themes": named(whole.themes),
        "search_sources": named(whole.search_sources),
        "jobs": [kind for kind, owner in whole.jobs_of.items() if owner == name],
    }
