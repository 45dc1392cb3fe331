"""A zip file or a folder that someone else packed: read entry by entry, never unpacked to a disk.

Sizes are counted while reading, whatever the zip's own directory claims, and a folder is never left: no link, no `..`.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from flask_babel import gettext as _

from shop.blueprints.importers.formats import decoding
from shop.plugins.api import Refused

MOST_ENTRIES = 50_000
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError,
    NotImplementedError,
)  # fmt: skip
"""What a ZIP raises whose directory, sizes or content are not what they say."""
LONGEST_ENTRY = 5_000_000
MOST_IN_ALL = 500_000_000


class Bundle:
    """The readable files of a zip or a folder, by their paths below its top."""

    def __init__(self, root: Path, archive: zipfile.ZipFile | None) -> None:
        self._root = root
        self._archive = archive
        self._read = 0
        found = _zipped(archive) if archive is not None else _below(root)
        self.in_order = found if archive is not None else sorted(found)
        """The names as they were packed: what came first, is first."""
        self.names = sorted(found)

    def content(self, name: str, *, most: int) -> bytes:
        """The bytes of one file.

        Raises:
            Refused: it has more than `most` bytes, or can't be unpacked.
        """
        raw = self._bytes(name, most)
        if len(raw) > most:
            raise Refused(_("it has more than %(most)s MB", most=most // 1_000_000))
        return raw

    def copy_to(self, name: str, path: Path, *, most: int) -> None:
        """Unpack one file, piece by piece, for a reader that needs a file.

        Raises:
            Refused: as `content`.
        """
        left = most
        with self._opened(name) as packed, path.open("wb") as out:
            while piece := packed.read(min(left + 1, 1_000_000)):
                left -= len(piece)
                if left < 0:
                    raise Refused(
                        _("%(name)s has more than %(most)s MB", name=name, most=most // 1_000_000)
                    )
                out.write(piece)

    def text(self, name: str) -> str:
        """The text of one file.

        Raises:
            Refused: it is too large, can't be unpacked, or is no text; or all together are too large.
        """
        raw = self._bytes(name, LONGEST_ENTRY)
        self._read += len(raw)
        if len(raw) > LONGEST_ENTRY:
            raise Refused(_("it has more than %(most)s MB", most=LONGEST_ENTRY // 1_000_000))
        if self._read > MOST_IN_ALL:
            raise Refused(
                _("the files before it have %(most)s MB already", most=MOST_IN_ALL // 1_000_000)
            )
        return decoding.decode(raw, PurePosixPath(name).name).content

    def _bytes(self, name: str, most: int) -> bytes:
        with self._opened(name) as packed:
            return packed.read(most + 1)

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            if self._archive is None:
                with (self._root / name).open("rb") as file:
                    yield file
            else:
                with self._archive.open(name) as packed:
                    yield packed
        except _DAMAGED as error:
            raise Refused(_("it can’t be unpacked: %(value)s", value=str(error)[:80])) from None


@contextmanager
def opened(path: Path, *, max_mb: int) -> Iterator[Bundle]:
    """A zip file or a folder, to be read.

    Raises:
        Refused: it is neither, is larger than `max_mb` million bytes, or holds more than 50,000 files.
    """
    if path.is_dir():
        yield Bundle(path.resolve(), None)
        return
    if not path.is_file() or path.stat().st_size > max_mb * 1_000_000:
        raise Refused(
            _(
                "%(name)s is no file of at most %(max_mb)s MB. Raise the limit with --max-mb.",
                name=path.name,
                max_mb=max_mb,
            )
        )
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED:
        raise Refused(
            _("%(name)s is neither a ZIP archive nor a folder.", name=path.name)
        ) from None
    with archive:
        yield Bundle(path, archive)


def _zipped(archive: zipfile.ZipFile) -> list[str]:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise Refused(_("The archive holds more than %(most)s files.", most=f"{MOST_ENTRIES:,}"))
    return [entry.filename for entry in entries if not entry.is_dir() and not _is_link(entry)]


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _below(root: Path) -> list[str]:
    found: list[str] = []
    for folder, _folders, files in os.walk(root, followlinks=False):
        for name in files:
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                found.append(path.relative_to(root).as_posix())
        if len(found) > MOST_ENTRIES:
            raise Refused(_("The folder holds more than %(most)s files.", most=f"{MOST_ENTRIES:,}"))
    return found
