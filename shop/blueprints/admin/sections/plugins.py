"""The plugins that are there: what each contributes, how it does, and a switch for those of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import entry_points, version

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.core import clock, settings
from shop.core.app_state import app_state
from shop.core.unit_of_work import commits
from shop.core.web.notices import notify
from shop.plugins import migrations
from shop.plugins.health import SLOW_SECONDS, forget_calls, troubled
from shop.plugins.manager import ENTRY_POINTS, Registry
from shop.plugins.switches import switch_off, switch_on, switched_off
from shop.plugins.types import Plugin

bp = Blueprint("plugins", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A plugin as the owner sees it. `version` is empty for what ships with the shop, `given` names its hooks."""

    plugin: Plugin
    version: str
    given: Sequence[str]
    has_settings: bool
    has_switch: bool
    is_off: bool
    is_behind: bool


@bp.get("/")
def index() -> ResponseReturnValue:
    """All plugins, and which of their parts failed or were slow, on all hosts together."""
    return render_template(
        "admin/plugins/index.html",
        rows=_rows(),
        troubled=troubled(),
        now=clock.now(),
        slow_ms=round(SLOW_SECONDS * 1000),
        shop_version=version("bookstall"),
        safe_mode=app_state().config.safe_mode,
    )


def _rows() -> list[Row]:
    whole = app_state().part(Registry)
    versions = {
        point.name: point.dist.version if point.dist else ""
        for point in entry_points(group=ENTRY_POINTS)
    }
    with_settings, off, behind = settings.registered(), switched_off(), migrations.plugins_behind()
    given = _given(whole)
    return [
        Row(
            plugin,
            versions.get(plugin.name, ""),
            given.get(plugin.name, ()),
            plugin.name in with_settings,
            plugin.name in whole.third_parties,
            plugin.name in off,
            plugin.name in behind,
        )
        for plugin in sorted(whole.plugins, key=lambda each: each.name not in whole.third_parties)
    ]


def _given(whole: Registry) -> Mapping[str, list[str]]:
    """Through which hooks each plugin gives something."""
    found: dict[str, list[str]] = {}
    for each in fields(whole):
        items = getattr(whole, each.name)
        if isinstance(items, list) and each.name != "plugins":
            for owner in dict.fromkeys(whole.owners.of(item) for item in items):
                found.setdefault(owner, []).append(each.name)
    return found


@bp.post("/<name>/off")
@commits
def off(name: str) -> ResponseReturnValue:
    """Do without a plugin, at once and on every host."""
    switch_off(_switchable(name))
    notify(_("The plugin is switched off."))
    return redirect(url_for("admin.plugins.index"), 303)


@bp.post("/<name>/on")
@commits
def on(name: str) -> ResponseReturnValue:
    """Use a plugin again."""
    switch_on(_switchable(name))
    notify(_("The plugin is switched on."))
    return redirect(url_for("admin.plugins.index"), 303)


@bp.post("/<name>/forgotten")
@commits
def forget(name: str) -> ResponseReturnValue:
    """Forget how the calls of a plugin went, and end its pauses."""
    forget_calls(name)
    notify(_("Its failures are forgotten, and its paused parts are asked again."))
    return redirect(url_for("admin.plugins.index"), 303)


def _switchable(name: str) -> str:
    if name not in app_state().part(Registry).third_parties:
        abort(404)
    return name
