"""What branding contributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, url_for
from flask_babel import lazy_gettext as _l

from shop.blueprints.branding import drawing, views
from shop.blueprints.branding.settings import BrandingSettings
from shop.core.site import site
from shop.plugins.api import Plugin, Slot, hookimpl, made_of

PLUGIN = Plugin(name="branding", title=_l("Colours and icons"), settings=BrandingSettings)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("head", "branding/links.html", _links)


def _links() -> Mapping[str, Any]:
    made_of("settings")
    sheet = drawing.stylesheet()
    return {
        "stylesheet_url": url_for("branding.stylesheet", v=drawing.fingerprint_of(sheet))
        if sheet
        else "",
        "icon_url": drawing.icon_address(drawing.TOUCH),
        "favicon_url": drawing.icon_address(drawing.FAVICON) if site().icon else "",
    }
