"""Files that we keep: uploads, pictures, what is for sale. Named by what is in them, so that nothing is overwritten.

They lie in a folder, or in a bucket that all hosts share (`shop.core.files.object_store`). Either is a `Store`;
everything else asks here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path
from typing import IO, Protocol

from shop.config import Config, ConfigError
from shop.core.app_state import app_state
from shop.core.errors import NotFound


class Store(Protocol):
    """A place for files. A name is a path of lower-case letters, digits, dots, dashes and slashes."""

    def put(self, name: str, content: bytes) -> None:
        """Store a file: whole and durably, or not at all. One of this name stays as it is."""

    def put_file(self, name: str, path: Path) -> None:
        """Store a file of this machine, of any size: whole and durably, or not at all."""

    def get(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            NotFound: there is none of this name.
        """

    def drop(self, name: str) -> None:
        """Delete a file, or do nothing where there is none."""

    def names(self) -> Iterator[str]:
        """The names of all files."""

    def path(self, name: str) -> Path | None:
        """Where a file lies on this machine; None for a store that is elsewhere.

        Raises:
            NotFound: it would lie here, and does not.
        """

    def link(self, name: str, *, save_as: str, media_type: str) -> str | None:
        """An address that hands the file to whoever has it, for some minutes; None where we hand it over ourselves."""


class Folder:
    """A store on this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, content: bytes) -> None:
        """As `Store`."""
        self._put(name, BytesIO(content))

    def put_file(self, name: str, path: Path) -> None:
        """As `Store`."""
        with path.open("rb") as source:
            self._put(name, source)

    def _put(self, name: str, source: IO[bytes]) -> None:
        target = self._root / name
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    def get(self, name: str) -> bytes:
        """As `Store`."""
        return self.path(name).read_bytes()

    def drop(self, name: str) -> None:
        """As `Store`."""
        (self._root / name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """As `Store`; what a kill left half written is none."""
        for path in sorted(self._root.rglob("*")):
            if path.is_file() and not path.name.startswith("tmp"):
                yield path.relative_to(self._root).as_posix()

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return (self._root / name).is_file()

    def path(self, name: str) -> Path:
        """As `Store`."""
        if not self.has(name):
            raise NotFound
        return self._root / name

    def link(self, name: str, *, save_as: str, media_type: str) -> None:  # noqa: ARG002
        """None: who may have a file gets it from us."""
        return


class _Trial:
    """A folder in front of a store: what is put into it is found, and the store stays as it is."""

    def __init__(self, front: Folder, behind: Store) -> None:
        self._front = front
        self._behind = behind

    def put(self, name: str, content: bytes) -> None:
        """As `Store`."""
        self._front.put(name, content)

    def put_file(self, name: str, path: Path) -> None:
        """As `Store`."""
        self._front.put_file(name, path)

    def get(self, name: str) -> bytes:
        """As `Store`."""
        return self._holder_of(name).get(name)

    def drop(self, name: str) -> None:
        """Delete a file that was put here; those of the store stay."""
        self._front.drop(name)

    def names(self) -> Iterator[str]:
        """As `Store`."""
        yield from sorted({*self._front.names(), *self._behind.names()})

    def path(self, name: str) -> Path | None:
        """As `Store`."""
        return self._holder_of(name).path(name)

    def link(self, name: str, *, save_as: str, media_type: str) -> str | None:
        """As `Store`."""
        return self._holder_of(name).link(name, save_as=save_as, media_type=media_type)

    def _holder_of(self, name: str) -> Store:
        return self._front if self._front.has(name) else self._behind


_trial: ContextVar[_Trial | None] = ContextVar("shop.file_trial", default=None)


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Let the files stay as they are, whatever is stored or deleted inside: for what is only tried."""
    with tempfile.TemporaryDirectory() as folder:
        token = _trial.set(_Trial(Folder(Path(folder)), store()))
        try:
            yield
        finally:
            _trial.reset(token)


def store_at(place: str, config: Config) -> Store:
    """The store of an address: `s3://...`, or a folder; empty for the folder of this site.

    Raises:
        ConfigError: what a bucket needs is not installed.
    """
    if not place.startswith("s3://"):
        return Folder(Path(place) if place else config.files_dir)
    if importlib.util.find_spec("boto3") is None:
        raise ConfigError("SHOP_FILES_URL: a bucket needs boto3; run: pip install 'bookstall[s3]'")
    # Imported here: only a site with a bucket has what it needs.
    from shop.core.files.object_store import Bucket

    return Bucket(place)


def store() -> Store:
    """The store of the present application."""
    return _trial.get() or app_state().files


def keep(content: bytes) -> str:
    """Store bytes durably and return their key, a SHA-256 in hex. Storing the same twice keeps one."""
    key = hashlib.sha256(content).hexdigest()
    store().put(name_of(key), content)
    return key


def content_of(key: str) -> bytes:
    """The bytes of a key.

    Raises:
        NotFound: nothing is stored under this key, or it is not a key.
    """
    return store().get(name_of(key))


def to_send(name: str) -> Path | BytesIO:
    """A file as it is handed to `send_file`: where it lies, or what is in it.

    Raises:
        NotFound: there is none of this name.
    """
    return store().path(name) or BytesIO(store().get(name))


def forget(key: str) -> None:
    """Throw the bytes of a key away. Only for what nobody else can have stored, such as a buyer's own copy."""
    if is_key(key):
        store().drop(name_of(key))


def is_key(key: str) -> bool:
    """Whether something can be a key."""
    return len(key) == 64 and set(key) <= set("0123456789abcdef")


def name_of(key: str) -> str:
    """Under which name the bytes of a key are stored.

    Raises:
        NotFound: it is not a key.
    """
    if not is_key(key):
        raise NotFound
    return f"{key[:2]}/{key}"


def copy_all(source: Store, target: Store) -> Iterator[tuple[str, bool]]:
    """Copy every file that the target lacks, and read each one back; its name, and whether it is there as it was."""
    known = set(target.names())
    for name in source.names():
        content = source.get(name)
        if name not in known:
            target.put(name, content)
        yield name, target.get(name) == content
