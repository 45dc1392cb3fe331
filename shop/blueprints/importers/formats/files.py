"""Opening files that someone else wrote."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

from click import IntRange, Option
from flask_babel import gettext as _

from shop.blueprints.importers.formats import decoding
from shop.blueprints.importers.formats.decoding import DecodedText
from shop.plugins.api import Refused

MAX_MB = 25
_ARCHIVES = {
    b"PK\x03\x04": "ZIP",
    b"PK\x05\x06": "ZIP",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"Rar!": "RAR",
}

max_mb = Option(
    ["--max-mb"],
    type=IntRange(1, 2000),
    default=MAX_MB,
    show_default=True,
    help="The largest file size to accept, in megabytes.",
)


def require_harmless(path: Path, *, max_mb: int) -> None:
    """Look at a file before reading it.

    Raises:
        Refused: it is larger than `max_mb` million bytes, no plain file, empty, or an archive.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise Refused(_("%(path)s is not a regular file.", path=path))
    if found.st_size > max_mb * 1_000_000:
        raise Refused(
            _(
                "%(name)s has %(size)s MB; the limit is %(max_mb)s MB. "
                "Split the file, or raise the limit with --max-mb.",
                name=path.name,
                size=f"{found.st_size / 1_000_000:.1f}",
                max_mb=max_mb,
            )
        )
    if not found.st_size:
        raise Refused(_("%(name)s is empty.", name=path.name))
    with path.open("rb") as file:
        head = file.read(8)
    for magic, name in _ARCHIVES.items():
        if head.startswith(magic):
            raise Refused(
                _(
                    "%(name)s is a %(format)s archive. Unpack it, and import the file inside.",
                    name=path.name,
                    format=name,
                )
            )


def is_zip(path: Path) -> bool:
    """Whether it is a ZIP archive. A device has no end to be looked at."""
    return path.is_file() and zipfile.is_zipfile(path)


def read_text(path: Path, *, max_mb: int) -> str:
    """The whole of a text file in Unicode: UTF-8, or UTF-16 with or without a byte order mark.

    Raises:
        Refused: as `require_harmless`, or it is not such text; says in which line.
    """
    require_harmless(path, max_mb=max_mb)
    return decoding.decode(path.read_bytes(), path.name, guesses=False).content


def read_decoded(path: Path, *, max_mb: int) -> DecodedText:
    """The whole of a text file, and which code page it was taken to be in where it is not Unicode.

    Raises:
        Refused: as `require_harmless`, or it is not text; says in which line.
    """
    require_harmless(path, max_mb=max_mb)
    return decoding.decode(path.read_bytes(), path.name)
