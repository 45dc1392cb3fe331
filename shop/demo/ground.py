"""Where the demonstration lives: a data folder that has its mark, so that no real site is planted over or emptied."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from shop.config import DATABASE, Config, entries, entry
from shop.core.errors import Refused

MARK: Final = entry("demo-password")


def claim(boot: Config) -> str:
    """Make the data folder the demonstration's; returns the password of its people, made once and kept there.

    Raises:
        Refused: another site is there.
    """
    mark = boot.data_dir / MARK
    if mark.exists():
        return mark.read_text(encoding="ascii").strip()
    if not boot.database_url and (boot.data_dir / DATABASE).exists():
        raise Refused(
            f"{boot.data_dir} holds a site that is no demonstration. "
            "Name another folder with SHOP_DATA_DIR, or serve this one with `shop run`."
        )
    boot.make_data_dir()
    password = secrets.token_hex(6)
    handle = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(password)
    return password


def empty(boot: Config) -> None:
    """Take everything out of the demonstration's data folder, and nothing from anywhere else.

    Raises:
        Refused: the folder is not the demonstration's, holds something unknown, or the database lies elsewhere.
    """
    if boot.database_url:
        raise Refused(
            "--fresh only empties a data folder, and SHOP_DATABASE_URL names a database elsewhere."
        )
    folder = boot.data_dir
    if not (folder / DATABASE).exists() and not (folder / MARK).exists():
        return
    if not (folder / MARK).exists():
        raise Refused(f"{folder} was not made by the demonstration, so it is not emptied.")
    unknown = sorted(path.name for path in folder.iterdir() if path.name not in entries())
    if unknown:
        raise Refused(f"{folder} also holds {unknown[0]}, which is not ours. Nothing was removed.")
    # The mark goes last: what is left of an interrupted emptying can be emptied again.
    for path in sorted(folder.iterdir(), key=lambda each: each.name == MARK):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
