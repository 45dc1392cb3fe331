"""The style sheet, the icons and the web manifest."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from shop.blueprints.branding import drawing
from shop.core.pictures import marks
from shop.core.site import site
from shop.core.web.security import shown_elsewhere
from shop.plugins.api import NotFound, public_page

bp = Blueprint("branding", __name__)

YEAR_SECONDS = 31_536_000


@bp.get("/branding.css")
def stylesheet() -> ResponseReturnValue:
    """The owner's colours. Its address changes with them, so it may be kept forever."""
    sheet = drawing.stylesheet()
    public_page("settings")
    headers = _kept(drawing.fingerprint_of(sheet))
    return Response(sheet, content_type="text/css; charset=utf-8", headers=headers)


@bp.get("/icon-<int:size>.png")
def icon(size: int) -> ResponseReturnValue:
    """The icon of the site in one of its sizes."""
    if size not in drawing.ICON_SIZES:
        raise NotFound
    public_page("settings")
    headers = _kept(drawing.icon_fingerprint())
    return Response(drawing.icon_png(size), mimetype="image/png", headers=headers)


@bp.get("/site.webmanifest")
def manifest() -> ResponseReturnValue:
    """What a phone shows of the site on its home screen."""
    public_page("settings")
    written = json.dumps(drawing.manifest(), ensure_ascii=False)
    return Response(written, content_type="application/manifest+json; charset=utf-8")


@bp.get(marks.ADDRESS)
def logo(name: str) -> ResponseReturnValue:
    """The owner's logo."""
    kept = site().logo if name == "logo" else site().logo_dark
    if not kept:
        raise NotFound
    public_page("settings")
    headers = _kept(marks.version_of(kept))
    return shown_elsewhere(Response(marks.png_of(kept), mimetype="image/png", headers=headers))


def _kept(version: str) -> dict[str, str]:
    is_present = request.args.get("v") == version
    age = f"public, max-age={YEAR_SECONDS}, immutable" if is_present else "public, max-age=60"
    return {"Cache-Control": age}
