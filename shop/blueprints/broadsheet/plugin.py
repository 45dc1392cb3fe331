"""What the shipped themes contribute."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask_babel import lazy_gettext as _l

from shop.blueprints.broadsheet.settings import BroadsheetOptions
from shop.plugins.api import Plugin, Theme, hookimpl

PLUGIN = Plugin(name="broadsheet", title=_l("Broadsheet"))

HERE = Path(__file__).parent


@hookimpl
def themes() -> Iterable[Theme]:
    yield Theme(
        "broadsheet",
        _l("Broadsheet"),
        HERE / "daily" / "templates",
        description=_l("A newspaper: black on white, a large name, headlines between rules."),
        stylesheet=HERE / "daily" / "broadsheet.css",
        picture=HERE / "daily" / "picture.png",
        options=BroadsheetOptions,
    )
    yield Theme(
        "evening",
        _l("Evening paper"),
        HERE / "evening" / "templates",
        description=_l("Broadsheet at night: always dark, with amber instead of blue."),
        parent="broadsheet",
        stylesheet=HERE / "evening" / "evening.css",
        picture=HERE / "evening" / "picture.png",
    )
