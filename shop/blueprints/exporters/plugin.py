"""What exporters contribute."""

from __future__ import annotations

from collections.abc import Iterable

from click import Command
from flask_babel import lazy_gettext as _l

from shop.blueprints.exporters import admin, cli, services, writing
from shop.plugins.api import (
    AdminAction,
    AdminSection,
    JobKind,
    Periodic,
    Permission,
    Plugin,
    hookimpl,
)

PLUGIN = Plugin(name="exporters", title=_l("Export"), requires=("articles",))


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.export


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("exports.write", _l("Export the whole site"), frozenset())


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        "exports",
        _l("Export"),
        "house",
        "exports.write",
        admin.bp,
        order=252,
        proof="enter",
        actions=[AdminAction(_l("Export everything"), "index")],
    )


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield from writing.JOBS


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield services.HOUSEKEEPING
