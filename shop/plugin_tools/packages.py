"""What can be told of a plugin's package before a site is started with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from shop.app import FEATURES
from shop.plugins import manager

API = "shop.plugins.api"
FOR_TESTS = "shop.plugins.testing"


def with_what_it_needs(name: str) -> tuple[str, ...]:
    """The plugin, and before it those of others without which it can't start.

    Raises:
        PluginError: one is not installed, or can't be imported.
    """
    (module,) = manager.installed([name])
    about = getattr(module, "PLUGIN", None)
    needed = [each for each in getattr(about, "requires", ()) if each not in FEATURES]
    before = [first for each in needed for first in with_what_it_needs(each)]
    return tuple(dict.fromkeys([*before, name]))


def reaching_around(name: str) -> Iterator[str]:
    """Each import of the plugin that is not of the API, with file and line."""
    for path in _sources(name):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for imported in _imported(node):
                if imported.partition(".")[0] == "shop" and not _is_promised(imported):
                    yield f"{path.name}, line {node.lineno}: imports {imported}"  # type: ignore[attr-defined]


def _sources(name: str) -> list[Path]:
    (point,) = entry_points(group=manager.ENTRY_POINTS, name=name)
    spec = find_spec(point.module.partition(".")[0])
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if spec and spec.origin and not folders:
        return [Path(spec.origin)]
    return sorted(path for folder in folders for path in Path(folder).rglob("*.py"))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from (f"{node.module}.{each.name}" for each in node.names)


def _is_promised(imported: str) -> bool:
    return f"{imported}.".startswith((f"{API}.", f"{FOR_TESTS}."))
