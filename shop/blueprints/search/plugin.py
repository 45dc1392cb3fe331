"""What search contributes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.search import cli, views
from shop.plugins.api import Plugin, Slot, hookimpl
from shop.plugins.types import Command

PLUGIN = Plugin(name="search", title=_l("Search"))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("header.tools", "_parts/search_link.html", dict, order=10)


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.commands
