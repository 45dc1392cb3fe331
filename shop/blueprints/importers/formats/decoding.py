"""The characters of a file whose encoding nobody tells: Unicode where it can be, else the likeliest code page."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from flask_babel import gettext as _

from shop.plugins.api import Refused

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_RAW_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Tried in this order where several fit: western first, which a Central European page resembles.
_OLD = ["cp1252", "cp1251", "cp1253", "koi8_r", "cp932", "gb18030", "big5", "euc_kr"]
SAMPLE = 200_000


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A file's text. `guessed` names the code page that it was taken to be in; empty for Unicode."""

    content: str
    guessed: str = ""


def decode(raw: bytes, name: str, *, guesses: bool = True) -> DecodedText:
    """Text from bytes: UTF-8, UTF-16 with or without a byte order mark, else an old code page.

    Args:
        guesses: whether an old code page is looked for; a table of prices is better refused than misread.

    Raises:
        Refused: it is not text; says in which line.
    """
    encoding = _unicode_of(raw)
    try:
        found = DecodedText(raw.decode(encoding))
    except UnicodeDecodeError as error:
        old = _in_old_code_page(raw) if guesses else None
        if old is None:
            raise Refused(_not_text(raw, name, error, encoding)) from None
        found = old
    control = _CONTROL.search(found.content)
    if control is not None:
        line = found.content.count("\n", 0, control.start()) + 1
        raise Refused(
            _(
                "Line %(line)s of %(name)s contains the control character %(value)s.",
                line=line,
                name=name,
                value=f"{control[0]!r}",
            )
        )
    return found


def _unicode_of(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return _unmarked_utf16(raw[:SAMPLE]) or "utf-8-sig"


def _unmarked_utf16(sample: bytes) -> str:
    """UTF-16 without its mark: spaces and line ends, at least, have an empty byte, always on the same side."""
    pairs = len(sample) // 2
    if pairs < 2 or len(sample) % 2:
        return ""
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    least = max(1, pairs // 10)
    if second > least and first * 20 < second:
        return "utf-16-le"
    return "utf-16-be" if first > least and second * 20 < first else ""


def _in_old_code_page(raw: bytes) -> DecodedText | None:
    if _RAW_CONTROL.search(raw):
        return None
    # Imported here, because only files of old programs need it.
    from charset_normalizer import from_bytes

    best = from_bytes(raw[:SAMPLE], cp_isolation=_OLD).best()
    guessed = best.encoding if best is not None else _OLD[0]
    try:
        return DecodedText(raw.decode(guessed), guessed)
    except UnicodeDecodeError:
        return None


def _not_text(raw: bytes, name: str, error: UnicodeDecodeError, encoding: str) -> str:
    line = raw.count(b"\n", 0, error.start) + 1
    said: str = _(
        "Line %(line)s of %(name)s is not %(encoding)s. Save the file as UTF-8 and try again.",
        line=line,
        name=name,
        encoding=encoding.removesuffix("-sig").upper(),
    )
    return said
