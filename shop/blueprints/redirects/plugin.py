"""What redirects contribute."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.redirects import admin, views
from shop.plugins.api import AdminSection, Permission, Plugin, hookimpl

PLUGIN = Plugin(name="redirects", title=_l("Redirects"))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("redirects.manage", _l("Manage redirects"), frozenset({"editor"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="redirects",
        label=_l("Redirects"),
        group="write",
        permission="redirects.manage",
        blueprint=admin.bp,
        order=60,
    )
