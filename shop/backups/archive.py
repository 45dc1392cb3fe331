"""The file of a backup: written member by member into a packed tar, and read back member by member."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from shop.backups.encryption import EncryptedReader, EncryptedWriter, is_encrypted
from shop.config import PRIVATE_FILE
from shop.core.errors import Refused

ABOUT, MANIFEST, KEY = "about.json", "manifest.json", "secret_key"
DATABASE, FILES = "database/", "files/"
PORTION = 1024 * 1024
QUICK: Final = 1
"""How hard to pack: rows become a fifth by it, and pictures would not become smaller anyhow."""

_MEMBER = re.compile(
    r"about\.json|manifest\.json|secret_key|database/[\w.]+|files/(?:\w[\w.-]*/)*\w[\w.-]*"
)


class ArchiveWriter:
    """Adds members, and remembers the size and the SHA-256 of each for the list at the end."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, dict[str, Any]] = {}

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add what is at hand."""
        self._add(name, len(content), io.BytesIO(content))

    def add_file(self, name: str, path: Path) -> None:
        """Add what is in a file.

        Raises:
            OSError: it can't be read.
        """
        with path.open("rb") as file:
            self._add(name, os.fstat(file.fileno()).st_size, file)

    def _add(self, name: str, size: int, source: BinaryIO) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, PRIVATE_FILE
        hashing = _Hashing(source)
        self._tar.addfile(member, hashing)
        self.members[name] = {"bytes": size, "sha256": hashing.hexdigest()}


class _Hashing:
    """Passes on what is read, and hashes it on the way."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._source.read(size)
        self._hash.update(content)
        return content

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def writing(target: Path, passphrase: str | None) -> Iterator[ArchiveWriter]:
    """A new archive at `target`, which appears there when it is whole and on the disk, and not before.

    Raises:
        FileExistsError: something is there already.
        OSError: it can't be written; then nothing is left of it.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already")
    part = target.with_name(f"{target.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    try:
        with os.fdopen(handle, "wb") as file:
            with _packing(file, passphrase) as tar:
                yield ArchiveWriter(tar)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
        _settle(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _packing(file: BinaryIO, passphrase: str | None) -> Iterator[tarfile.TarFile]:
    with ExitStack() as stack:
        sink: Any = file
        if passphrase is not None:
            sink = stack.enter_context(EncryptedWriter(file, passphrase))
        packed = stack.enter_context(gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=QUICK))
        yield stack.enter_context(tarfile.open(fileobj=packed, mode="w|"))


def _settle(folder: Path) -> None:
    """Have the disk remember the new name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unpack(
    source: Path,
    into: Path,
    ask: Callable[[], str],
    look_at: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Unpack an archive into an empty folder, and compare every byte with the list at its end, which is returned.

    Args:
        source: the file.
        into: gets `about.json`, `database/...`, `files/<key>` and perhaps `secret_key`.
        ask: gives the passphrase; called only when the file is encrypted.
        look_at: gets what the archive says about itself before the rest is unpacked, and may refuse it.

    Raises:
        Refused: it is no backup, not whole, damaged, or the passphrase is wrong.
    """
    found: dict[str, dict[str, Any]] = {}
    try:
        with source.open("rb") as file, _unpacking(file, ask) as tar:
            for member in tar:
                found[member.name] = _take_out(tar, member, into)
                if member.name == ABOUT:
                    look_at(json.loads((into / ABOUT).read_text(encoding="utf-8")))
    except (
        tarfile.TarError,
        gzip.BadGzipFile,
        zlib.error,
        EOFError,
        json.JSONDecodeError,
        UnicodeDecodeError,
    ):
        raise Refused(f"{source} is no backup, or it is damaged.") from None
    found.pop(MANIFEST, None)
    if not (into / MANIFEST).exists():
        raise Refused(f"{source} is not whole: its list of contents is missing.")
    manifest: dict[str, Any] = json.loads((into / MANIFEST).read_text(encoding="utf-8"))
    if manifest["members"] != found:
        raise Refused(f"{source} is damaged: what is in it is not what its list says.")
    return manifest


@contextmanager
def _unpacking(file: BinaryIO, ask: Callable[[], str]) -> Iterator[tarfile.TarFile]:
    beginning = file.read(64)
    file.seek(0)
    source: Any = file
    if is_encrypted(beginning):
        source = io.BufferedReader(EncryptedReader(file, ask()), PORTION)
    with (
        gzip.GzipFile(fileobj=source, mode="rb") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        yield tar
        while packed.read(PORTION):  # its checksum stands at its end
            pass


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> dict[str, Any]:
    content = tar.extractfile(member) if member.isreg() else None
    if content is None or not _MEMBER.fullmatch(member.name):
        raise Refused(f"This is no backup: it holds {member.name!r}.")
    path = into / member.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    hashed, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        while portion := content.read(PORTION):
            file.write(portion)
            hashed.update(portion)
            size += len(portion)
    return {"bytes": size, "sha256": hashed.hexdigest()}
