"""Writes the package of a new plugin, which works as it is: a page, a table, a slot, a setting, and their tests."""

from __future__ import annotations

import re
from pathlib import Path

from shop.core.errors import Refused

SCAFFOLD = Path(__file__).parent / "scaffold"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,29}")


def write_plugin(name: str, folder: Path) -> Path:
    """Write `bookstall-<name>` into a folder; returns the package's own folder.

    Raises:
        Refused: it can't be called so, or is there already.
    """
    if not _NAME.fullmatch(name):
        raise Refused("A plugin is called by lower case letters, digits and _, such as `reviews`.")
    package = folder / f"bookstall-{name}"
    if package.exists():
        raise Refused(f"{package} is there already.")
    for source in sorted(SCAFFOLD.rglob("*.txt")):
        path = source.relative_to(SCAFFOLD).with_suffix("").as_posix()
        target = package / _filled(path.replace("package/", f"bookstall_{name}/", 1), name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_filled(source.read_text(encoding="utf-8"), name), encoding="utf-8")
    return package


def _filled(text: str, name: str) -> str:
    title = name.replace("_", " ").capitalize()
    named = text.replace("templates/NAME/", f"templates/{name}/")
    return named.replace("@NAME@", name).replace("@TITLE@", title)
