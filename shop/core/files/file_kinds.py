"""Whether an uploaded file is what the ending of its name says (OWASP ASVS 5.0, 5.2.2)."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from mimetypes import MimeTypes
from pathlib import PurePath
from typing import NamedTuple

from flask_babel import gettext as _

from shop.core.errors import Refused

# fmt: off
TEXTS = frozenset([
    ".bib", ".css", ".csv", ".fb2", ".htm", ".html", ".ics", ".js", ".json", ".markdown", ".md", ".opml", ".py",
    ".rst", ".srt", ".svg", ".tex", ".tsv", ".txt", ".vcf", ".vtt", ".xhtml", ".xml", ".yaml", ".yml",
])
# fmt: on
"""Endings of kinds that begin in no way of their own: all that can be said of their content is that it is text."""
ALSO_CALLED = {
    ".heic": ".heif",
    ".m4b": ".m4a",
    ".m4v": ".mp4",
    ".mp3": ".mpga",
    ".tgz": ".gz",
    ".tif": ".tiff",
}
LONG_ENOUGH = 0.4
"""Four bytes, as puremagic counts: "BMW" begins as a bitmap does, and is a word all the same."""
_CONTROL = bytes(set(range(32)) - set(b"\t\n\f\r"))
_TYPES = MimeTypes()


class _Kind(NamedTuple):
    media_type: str
    confidence: float


def media_type_of(name: str, content: bytes) -> str:
    """The media type (RFC 6838) of a file whose content fits the ending of its name.

    Raises:
        Refused: it does not fit, or nothing is known of this ending.
    """
    ending = PurePath(name.lower()).suffix
    kinds = _kinds_of(content)
    if ending in TEXTS and _is_text(content, kinds):
        return _TYPES.guess_type(f"file{ending}")[0] or "text/plain"
    for known in (ending, ALSO_CALLED.get(ending, "")):
        if known in kinds and ending not in TEXTS:
            return kinds[known].media_type or "application/octet-stream"
    raise Refused(_refusal(ending), field="file")


def _kinds_of(content: bytes) -> dict[str, _Kind]:
    """All kinds of files that begin, or end, with these bytes, by their endings."""
    import puremagic  # reads its table of kinds when it is imported, and few uploads come

    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):  # none, or nothing to look at
        return {}
    return {each.extension: _Kind(each.mime_type, each.confidence) for each in found}


def _is_text(content: bytes, kinds: dict[str, _Kind]) -> bool:
    surely = {name for name, kind in kinds.items() if kind.confidence >= LONG_ENOUGH}
    if surely - TEXTS:
        return False
    if content.startswith((BOM_UTF16_BE, BOM_UTF16_LE)):
        return True
    return len(content) == len(content.translate(None, _CONTROL))


def _refusal(ending: str) -> str:
    if not ending:
        return str(_("The file’s name needs an ending that says what it is, for example .pdf."))
    told = _(
        "The content of this file is not what %(ending)s stands for. Choose the right file, or put it into a ZIP file.",
        ending=ending,
    )
    return str(told)
