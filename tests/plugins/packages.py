"""Packages of plugins for tests, found by Python as if pip had installed them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import invalidate_caches
from pathlib import Path

import pytest

from shop.extensions import Base


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files, by their paths in the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def install(patch: pytest.MonkeyPatch, folder: Path, name: str, version: str = "1.0.0") -> None:
    """Let Python find the package `bookstall_<name>` that lies in a folder."""
    uninstall(patch, folder, name)
    module = f"bookstall_{name}"
    write(
        folder / f"{module}-{version}.dist-info",
        {
            "METADATA": f"Name: bookstall-{name}\nVersion: {version}\n",
            "entry_points.txt": f"[shop.plugins]\n{name} = {module}.plugin\n",
        },
    )
    patch.syspath_prepend(str(folder))


def uninstall(patch: pytest.MonkeyPatch, folder: Path, name: str) -> None:
    """Let Python forget the package, its modules and its tables."""
    if str(folder) in sys.path:
        sys.path.remove(str(folder))
    for described in folder.glob("*.dist-info"):
        for path in described.iterdir():
            path.unlink()
        described.rmdir()
    for module in [each for each in sys.modules if each.startswith(f"bookstall_{name}")]:
        patch.delitem(sys.modules, module)
    for table in [each for each in Base.metadata.tables if each.startswith(f"plugin_{name}_")]:
        Base.metadata.remove(Base.metadata.tables[table])
    invalidate_caches()
