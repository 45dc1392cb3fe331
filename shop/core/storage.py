"""Files that we keep: uploads, pictures, what is for sale. Named by what is in them, so that nothing is overwritten."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from shop.core.app_state import app_state
from shop.core.errors import NotFound


def keep(content: bytes) -> str:
    """Store bytes durably and return their key, a SHA-256 in hex. Storing the same twice keeps one."""
    key = hashlib.sha256(content).hexdigest()
    write(_place(key), content)
    return key


def write(target: Path, content: bytes) -> None:
    """Write a file that is named by its content: whole and durably, or not at all. One that is there already stays."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def path_of(key: str) -> Path:
    """Where the bytes of a key lie.

    Raises:
        NotFound: nothing is stored under this key, or it is not a key.
    """
    if not is_key(key):
        raise NotFound
    path = _place(key)
    if not path.is_file():
        raise NotFound
    return path


def forget(key: str) -> None:
    """Throw the bytes of a key away. Only for what nobody else can have stored, such as a buyer's own copy."""
    if is_key(key):
        _place(key).unlink(missing_ok=True)


def is_key(key: str) -> bool:
    """Whether something can be a key."""
    return len(key) == 64 and set(key) <= set("0123456789abcdef")


def _place(key: str) -> Path:
    folder = app_state().config.files_dir
    return folder / key[:2] / key
