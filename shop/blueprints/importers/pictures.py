"""Pictures of the former site, kept here: from an uploads folder or ZIP, or fetched where the owner asked for it.

They go into the media library; where that is switched off, among the files of the shop.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from click import Option
from click import Path as PathType
from flask import current_app
from flask_babel import gettext as _

from shop.blueprints.importers.formats import bundles
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.media import services as media
from shop.blueprints.media.in_text import MOST_IN_GALLERY
from shop.core.files import images
from shop.core.pictures.drawing import picture_path, width_for
from shop.core.pictures.models import ALT_LENGTH, CAPTION_LENGTH, Picture
from shop.core.text import clean_line
from shop.core.web import outgoing
from shop.plugins import registry
from shop.plugins.api import Refused, Unreachable, db, unit_of_work

FETCH_SECONDS = 20.0
MOST_FETCHED = 10_000
MOST_UPLOADS_MB = 20_000
_SIZED = re.compile(r"-\d{1,5}x\d{1,5}(?=\.\w{2,5}$)|-scaled(?=\.\w{2,5}$)")
_BELOW_UPLOADS = re.compile(
    r"(?:^|/)(?:uploads/(?:sites/\d+/)?|content/images/(?:size/w\d+(?:h\d+)?/)?)(.+)$"
)
_ALONE = re.compile(
    r"^!\[((?:[^\]\\]|\\.)*)\]\((/media/pictures/[^)\s]+)(?: \"((?:[^\"\\]|\\.)*)\")?\)$",
    re.MULTILINE,
)
_ESCAPED = re.compile(r"\\(.)")
MOST_CAPTION = 180
"""Characters; a longer one stands below its picture as a paragraph."""
WIDEST = 1280
"""Of a picture that stands in a line of text, in pixels; one that stands alone is shown in all its sizes."""
_ROW = re.compile(r"^!\[[^\n]*\) !\[[^\n]*\)$", re.MULTILINE)
_IN_ROW = re.compile(
    r"!\[((?:[^\]\\]|\\.)*)\]\((/media/pictures/[^)\s]+)(?: \"((?:[^\"\\]|\\.)*)\")?\)"
)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_NO_SUFFIX = re.compile(r"/[^/.]+$")

uploads_option = Option(
    ["--uploads"],
    type=PathType(exists=True),
    help="A folder with the images of the former site, such as wp-content/uploads, or a ZIP of it.",
)
fetch_option = Option(
    ["--fetch-images"],
    is_flag=True,
    help="Download the images from the former site. Nothing else is fetched, and never without this.",
)


class Pictures:
    """Keeps pictures, each once. `missing` are the addresses whose picture could not be had, with the reason."""

    def __init__(self, *given: Bundle, fetches: bool = False) -> None:
        self._by_path = {_path_in(name): (each, name) for each in given for name in each.names}
        names = Counter(map(posixpath.basename, self._by_path))
        self._by_name = {
            posixpath.basename(path): found
            for path, found in self._by_path.items()
            if names[posixpath.basename(path)] == 1
        }
        self._fetches = fetches
        self._fetched = 0
        self._kept: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self.missing: dict[str, str] = {}

    def kept_at(self, address: str) -> str:
        """The address here of a picture of the former site; empty where it can't be kept. Outside a unit of work."""
        if not (self._by_path or self._fetches):
            return ""
        if not _may_be_picture(_path_of(address)):
            return ""
        if address not in self._kept:
            self._kept[address] = self._keep(address)
        return self._kept[address]

    def content_of(self, address: str) -> bytes:
        """The bytes of a picture; empty where it can't be had. Outside a unit of work."""
        if not (self._by_path or self._fetches) or not _may_be_picture(_path_of(address)):
            return b""
        try:
            return self._content(address)
        except (Refused, Unreachable) as error:
            self.missing[address] = str(error)[:200]
            return b""

    def number_of(self, address: str) -> int | None:
        """The number in the media library of a picture of the former site. Outside a unit of work."""
        return self._numbers.get(self.kept_at(address))

    def in_library(self, body: str) -> str:
        """A text in which a picture that stands alone is one of the media library, which knows what it shows; several
        on one line are a gallery.
        """
        shown: dict[int, tuple[str, str]] = {}

        def beside(found: re.Match[str]) -> str:
            each = list(_IN_ROW.finditer(found[0]))
            numbers = [self._numbers.get(one[2]) for one in each]
            if " ".join(one[0] for one in each) != found[0] or None in numbers:
                return found[0]
            for number, one in zip(numbers, each, strict=True):
                shown.setdefault(
                    number or 0, (_ESCAPED.sub(r"\1", one[1]), _ESCAPED.sub(r"\1", one[3] or ""))
                )
            row = list(map(str, dict.fromkeys(numbers)))
            parts = (
                row[each : each + MOST_IN_GALLERY] for each in range(0, len(row), MOST_IN_GALLERY)
            )
            return "\n\n".join(f"::gallery[{' '.join(part)}]" for part in parts)

        def named(found: re.Match[str]) -> str:
            number = self._numbers.get(found[2])
            if number is None:
                return found[0]
            shown.setdefault(number, (_ESCAPED.sub(r"\1", found[1]), ""))
            caption = re.sub(r"[\[\]\s]+", " ", _ESCAPED.sub(r"\1", found[3] or "")).strip()
            if len(caption) > MOST_CAPTION:
                return f"::picture[{number}]\n\n{caption}"
            return f"::picture[{number}{f' | {caption}' if caption else ''}]"

        written = _ALONE.sub(named, _ROW.sub(beside, body))
        for number, (alt, caption) in shown.items():
            self.describe(number, alt, caption)
        return written

    def describe(self, number: int, alt: str, caption: str = "") -> None:
        """Say what a picture of the library shows and what stands below it, where nobody has said it yet. Outside a
        unit of work.
        """
        said, below = clean_line(alt)[:ALT_LENGTH], clean_line(caption)[:CAPTION_LENGTH]
        if said or below:
            with unit_of_work():
                picture = db.session.get_one(Picture, number)
                picture.alt = picture.alt or said
                picture.caption = picture.caption or below

    def _keep(self, address: str) -> str:
        try:
            content = self._content(address)
            return self._stored(content, address) if content else ""
        except (Refused, Unreachable) as error:
            self.missing[address] = str(error)[:200]
            return ""

    def _stored(self, content: bytes, address: str) -> str:
        """The address of what was stored; empty where there is no place for it."""
        if registry().has("media"):
            name = posixpath.basename(_SIZED.sub("", _path_of(address)))
            with unit_of_work():
                picture = media.add_picture(content, name)
                kept = picture_path(picture, width_for(picture, WIDEST), "webp")
                self._numbers[kept] = picture.id
            return kept
        return _kept_at(images.keep_picture(content)) if registry().has("catalog") else ""

    def _content(self, address: str) -> bytes:
        """The bytes of a picture, in its original size where there is one; empty where it is nowhere."""
        path = _path_in(_path_of(address))
        for wanted in (_SIZED.sub("", path), path):
            found = self._by_path.get(wanted) or self._by_name.get(posixpath.basename(wanted))
            if found is not None:
                bundle, name = found
                return bundle.content(name, most=images.MAX_BYTES)
        if self._fetches and self._fetched < MOST_FETCHED:
            self._fetched += 1
            return _fetched(address)
        self.missing[address] = _("it is not among the uploads")
        return b""


@contextmanager
def pictures_from(
    uploads: str | None, *, fetches: bool, beside: Bundle | None = None
) -> Iterator[Pictures]:
    """The pictures of a former site, with the folder or ZIP that the owner gave open meanwhile; and those that are
    packed beside its texts.

    Raises:
        Refused: the ZIP can't be read.
    """
    packed = [beside] if beside is not None else []
    if not uploads:
        yield Pictures(*packed, fetches=fetches)
        return
    with bundles.opened(Path(uploads), max_mb=MOST_UPLOADS_MB) as bundle:
        yield Pictures(*packed, bundle, fetches=fetches)


def _kept_at(key: str) -> str:
    return current_app.url_map.bind("").build("catalog.picture", {"key": key})


def _fetched(address: str) -> bytes:
    answer = outgoing.fetch(address, seconds=FETCH_SECONDS, most_bytes=images.MAX_BYTES)
    if answer.status != 200:
        raise Unreachable(f"{address}: the answer was {answer.status}")
    return answer.body


def _may_be_picture(path: str) -> bool:
    """Whether the file may be a picture: those of some sites have no suffix."""
    return bool(_PICTURE.search(path) or _NO_SUFFIX.search(path))


def _path_of(address: str) -> str:
    try:
        return unquote(urlsplit(address).path)
    except ValueError:
        return ""


def _path_in(path: str) -> str:
    """What a picture is known by: its path below WordPress's folder `uploads` or Ghost's `content/images`."""
    found = _BELOW_UPLOADS.search(path)
    return (found[1] if found else path.lstrip("/")).casefold()
