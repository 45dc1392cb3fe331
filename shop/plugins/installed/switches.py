"""Plugins of third parties that the owner switched off while the site runs: at once, in every process, on every host.

What such a plugin draws, lists, checks and prices is gone, its pages answer 404, and its jobs wait until it is back.
What it keeps about people is still handed out and erased, and money under way at its provider is still settled.
Its commands, themes and template filters stay for as long as `SHOP_PLUGINS` names it: a command may be what its
data is exported with, a template of a theme or an article may name a filter, and the owner chooses themes elsewhere.
A start asks no database which plugins are off, because there may be none yet.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from shop.core import clock, database
from shop.core.changes.remembered import last_answer, remembered
from shop.core.database import upsert
from shop.core.unit_of_work import purge
from shop.extensions import db
from shop.plugins.guard.health import SwitchedOffPlugin

TAG = "plugins:off"
"""Every page is made of this: it depends on which plugins are switched off."""


def switched_off() -> frozenset[str]:
    """The names of the plugins that are switched off."""
    nothing: frozenset[str] = frozenset()
    if (
        database.writing.get()
    ):  # SQLite has one writer, and a second connection would wait for this unit of work
        return last_answer(TAG, nothing)
    return remembered(TAG, _ask, otherwise=nothing)


def _ask() -> frozenset[str]:
    # By a connection of its own: the tables may be older, and the failed query would spoil the page's transaction.
    with db.engine.connect() as connection:
        return frozenset(connection.scalars(select(SwitchedOffPlugin.name)))


def switch_off(name: str) -> None:
    """Do without a plugin from now on. Only inside a unit of work."""
    row = {"name": name, "switched_off_at": clock.now()}
    db.session.execute(upsert(SwitchedOffPlugin).values(**row).on_conflict_do_nothing())
    purge(TAG)


def switch_on(name: str) -> None:
    """Use a plugin again. Only inside a unit of work."""
    db.session.execute(delete(SwitchedOffPlugin).where(SwitchedOffPlugin.name == name))
    purge(TAG)
