"""What exporters contribute."""

from __future__ import annotations

from collections.abc import Iterable

from click import Command
from flask_babel import lazy_gettext as _l

from shop.blueprints.exporters import cli
from shop.plugins.api import Plugin, hookimpl

PLUGIN = Plugin(name="exporters", title=_l("Export"), requires=("articles",))


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.export
