"""What health contributes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.health import checks, views
from shop.plugins.api import HealthCheck, Plugin, hookimpl

PLUGIN = Plugin(name="health", title=_l("Health"))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield from checks.all_checks()
