"""The media library of an export. Its pictures are drawn anew from their largest size, and have new numbers here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.exporters.format import layout
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.media import services
from shop.core.database import plain_rows
from shop.core.files import images
from shop.core.pictures.models import ALT_LENGTH, CAPTION_LENGTH, Picture
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused, db

_NAMED = re.compile(r"(?<=::picture\[)[^\]|\n]{1,200}|(?<=::gallery\[)[^\]|\n]{1,200}")
_NUMBER = re.compile(r"\b\d{1,9}\b")


def bring_in_library(bundle: Bundle, report: ImportReport) -> Mapping[int, int]:
    """Take every picture into the library; its number here by its number there."""
    if layout.LIBRARY_LIST not in bundle.names or not registry().has("media"):
        return {}
    try:
        listed = json.loads(bundle.text(layout.LIBRARY_LIST))
    except ValueError:
        listed = []
    numbers: dict[int, int] = {}
    for said in listed if isinstance(listed, list) else ():
        with one_row(report, f"image {str(said)[:60]}"):
            _bring_in(said, bundle, report, numbers)
    return numbers


def _bring_in(said: Any, bundle: Bundle, report: ImportReport, numbers: dict[int, int]) -> None:
    if not isinstance(said, dict) or said.get("file") not in bundle.names:
        raise Refused(_("its file is not in the export"))
    number = int(said.get("number") or 0)
    content = bundle.content(said["file"], most=images.MAX_BYTES)
    keys = {hashlib.sha256(content).hexdigest(), str(said.get("key"))}
    known = db.session.scalar(select(Picture).where(Picture.key.in_(keys)).limit(1))
    if known is not None:
        numbers[number] = known.id
        report.accept(is_new=False)
        return
    picture = services.add_picture(content, str(said.get("name") or "image.webp"))
    services.describe_picture(
        picture,
        alt=str(said.get("alt") or "")[:ALT_LENGTH],
        caption=str(said.get("caption") or "")[:CAPTION_LENGTH],
        focus=(_percent(said.get("focus_x")), _percent(said.get("focus_y"))),
    )
    picture.created_at = plain_rows.moment_of(said.get("created_at")) or picture.created_at
    numbers[number] = picture.id
    report.accept(is_new=True)


def _percent(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value <= 100 else 50


def with_numbers(body: str, numbers: Mapping[int, int]) -> str:
    """A text that names the pictures of the library by their numbers here."""

    def here(found: re.Match[str]) -> str:
        return _NUMBER.sub(lambda each: str(numbers.get(int(each[0]), each[0])), found[0])

    return _NAMED.sub(here, body)
