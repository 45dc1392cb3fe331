"""The plugins that are switched on."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points, version

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shop.core import settings
from shop.core.app_state import app_state
from shop.core.figures import host_figures
from shop.plugins import registry
from shop.plugins.manager import ENTRY_POINTS
from shop.plugins.types import Plugin

bp = Blueprint("plugins", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A plugin as the owner sees it. `version` is empty for what ships with the shop."""

    plugin: Plugin
    version: str
    has_settings: bool


@bp.get("/")
def index() -> ResponseReturnValue:
    """All plugins, and which of their slots failed on this host."""
    versions = {
        point.name: point.dist.version if point.dist else ""
        for point in entry_points(group=ENTRY_POINTS)
    }
    with_settings = settings.registered()
    return render_template(
        "admin/plugins/index.html",
        rows=[
            Row(plugin, versions.get(plugin.name, ""), plugin.name in with_settings)
            for plugin in registry().plugins
        ],
        failures=host_figures().failures("slot"),
        shop_version=version("bookstall"),
        safe_mode=app_state().config.safe_mode,
    )
