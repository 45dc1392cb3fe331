"""Pictures of the former site, kept here: from an uploads folder or ZIP, or fetched where the owner asked for it.

Where a picture is kept, and at which address, is said in `_kept_at` alone.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from click import Option
from click import Path as PathType
from flask import current_app

from shop.blueprints.importers.formats.bundles import Bundle
from shop.core.files import images
from shop.core.web import outgoing
from shop.plugins import registry
from shop.plugins.api import Refused, Unreachable

FETCH_SECONDS = 20.0
MOST_FETCHED = 10_000
_SIZED = re.compile(r"-\d{1,5}x\d{1,5}(?=\.\w{2,5}$)|-scaled(?=\.\w{2,5}$)")
_BELOW_UPLOADS = re.compile(r"(?:^|/)uploads/(?:sites/\d+/)?(.+)$")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)

uploads_option = Option(
    ["--uploads"],
    type=PathType(exists=True),
    help="The folder wp-content/uploads, or a ZIP of it: its images come along.",
)
fetch_option = Option(
    ["--fetch-images"],
    is_flag=True,
    help="Download the images of the texts from the former site. Nothing else is fetched, and never without this.",
)


class Pictures:
    """Keeps pictures, each once. `missing` are the addresses whose picture could not be had, with the reason."""

    def __init__(self, bundle: Bundle | None = None, *, fetches: bool = False) -> None:
        self._bundle = bundle
        self._by_path = {_path_in(name): name for name in bundle.names} if bundle else {}
        self._fetches = fetches
        self._fetched = 0
        self._kept: dict[str, str] = {}
        self.missing: dict[str, str] = {}

    def kept_at(self, address: str) -> str:
        """The address here of a picture of the former site; empty where it can't be kept. Outside a unit of work."""
        if not (self._bundle or self._fetches) or not registry().has("catalog"):
            return ""
        if not _PICTURE.search(_path_of(address)):
            return ""
        if address not in self._kept:
            self._kept[address] = self._keep(address)
        return self._kept[address]

    def _keep(self, address: str) -> str:
        try:
            content = self._content(address)
            return _kept_at(images.keep_picture(content)) if content else ""
        except (Refused, Unreachable) as error:
            self.missing[address] = str(error)[:200]
            return ""

    def _content(self, address: str) -> bytes:
        """The bytes of a picture, in its original size where there is one; empty where it is nowhere."""
        path = _path_in(_path_of(address))
        for wanted in (_SIZED.sub("", path), path):
            if self._bundle is not None and wanted in self._by_path:
                return self._bundle.content(self._by_path[wanted], most=images.MAX_BYTES)
        if self._fetches and self._fetched < MOST_FETCHED:
            self._fetched += 1
            return _fetched(address)
        self.missing[address] = "it is not among the uploads"
        return b""


def _kept_at(key: str) -> str:
    return current_app.url_map.bind("").build("catalog.picture", {"key": key})


def _fetched(address: str) -> bytes:
    answer = outgoing.fetch(address, seconds=FETCH_SECONDS, most_bytes=images.MAX_BYTES)
    if answer.status != 200:
        raise Unreachable(f"{address}: the answer was {answer.status}")
    return answer.body


def _path_of(address: str) -> str:
    try:
        return unquote(urlsplit(address).path)
    except ValueError:
        return ""


def _path_in(path: str) -> str:
    """What a picture is known by: its path below the folder `uploads`."""
    found = _BELOW_UPLOADS.search(path)
    return (found[1] if found else path.lstrip("/")).casefold()
