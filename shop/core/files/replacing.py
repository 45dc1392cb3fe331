"""Files that others read while they are written anew."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def draft_beside(target: Path) -> Path:
    """Where to write what becomes `target`: a name that nobody else takes.

    The number of the process does not do: containers that share a folder have the same numbers.
    """
    return target.with_name(f"{target.name[:200]}.{secrets.token_hex(8)}.part")


def replace_file(target: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that whoever reads it finds the old content or the new, and never a part.

    Raises:
        OSError: there is no room, or we may not; nothing has changed then.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = draft_beside(target)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(content)
        draft.replace(target)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
