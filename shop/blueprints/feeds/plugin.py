"""What feeds contributes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.feeds import views
from shop.plugins.api import NavigationItem, Plugin, Slot, hookimpl

PLUGIN = Plugin(name="feeds", title=_l("Feeds"))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("footer", _l("Feed"), "feeds.atom", order=95)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("head", "feeds/links.html", dict)
