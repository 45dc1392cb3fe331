"""Finds examples: the parts of the example plugin that use a hook, a type or a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shop.plugins.manual.sources import ROOT, Function, Source, read

FOLDER = ROOT / "tests" / "example_plugin" / "bookstall_marginalia"
HOOKS = FOLDER / "plugin.py"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file. `hook` is the hook that it implements, if any; `inside` the class that it is a method of."""

    source: Source
    node: ast.stmt
    hook: str = ""
    inside: str = ""

    @property
    def file(self) -> str:
        """The file, as the manual names it."""
        return self.source.path.name

    @property
    def code(self) -> str:
        """The part as it is written."""
        return self.source.segment(self.node)

    @property
    def length(self) -> int:
        """How many lines it has."""
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno


class NoExample(LookupError):
    """The example plugin does not use this."""


def of_hook(name: str) -> list[Piece]:
    """A hook's implementation, and what of the plugin it names.

    Raises:
        NoExample: the example plugin does not implement it.
    """
    source = read(HOOKS)
    for found, node, _following in source.definitions():
        if found == name and isinstance(node, ast.FunctionDef):
            return list(
                {id(each.node): each for each in _with_what_it_names(source, node)}.values()
            )
    raise NoExample(name)


def of_name(name: str) -> Piece:
    """The shortest part that uses a name of the API: calls it, or else mentions it.

    Raises:
        NoExample: none does.
    """
    found = [(each, use) for each in _pieces() if (use := _use_of(name, each.node))]
    if not found:
        raise NoExample(name)
    return min(
        found, key=lambda pair: (pair[1], pair[0].length, pair[0].file, pair[0].node.lineno)
    )[0]


@cache
def _pieces() -> tuple[Piece, ...]:
    return tuple(piece for path in sorted(FOLDER.glob("*.py")) for piece in _pieces_of(read(path)))


def _pieces_of(source: Source) -> Iterator[Piece]:
    for node in source.tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Expr)):
            continue
        yield Piece(source, node, hook=_hook_of(node))
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, Function) and not _does_nothing(each):
                    yield Piece(source, each, inside=node.name)


def _does_nothing(node: Function) -> bool:
    """Whether a docstring is all that there is to it."""
    return len(node.body) == 1 and isinstance(node.body[0], ast.Expr)


def _hook_of(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef) and any(
        ast.unparse(each) == "hookimpl" for each in node.decorator_list
    ):
        return node.name
    return ""


def _use_of(name: str, node: ast.stmt) -> int:
    """How a part uses a name: 1 calls it, 2 mentions it, 0 neither."""
    uses = [
        1 if isinstance(each, ast.Call) else 2
        for each in ast.walk(node)
        if (isinstance(each, ast.Call) and _is_name(each.func, name)) or _is_name(each, name)
    ]
    return min(uses, default=0)


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _with_what_it_names(source: Source, node: ast.stmt, depth: int = 2) -> Iterator[Piece]:
    yield Piece(source, node)
    if not depth:
        return
    here = {name: each for name, each, _following in source.definitions()}
    modules = _modules_of_plugin(source)
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name, ctx=ast.Load()) if (
                _is_part(here.get(name)) and here[name] is not node
            ):
                yield from _with_what_it_names(source, here[name], depth - 1)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in modules:
                other = read(modules[name])
                there = {found: part for found, part, _following in other.definitions()}
                if attribute in there:
                    yield Piece(other, there[attribute])


def _is_part(node: ast.stmt | None) -> bool:
    return isinstance(node, (ast.ClassDef, ast.FunctionDef))


def _modules_of_plugin(source: Source) -> dict[str, Path]:
    return {
        alias.name: FOLDER / f"{alias.name}.py"
        for node in source.tree.body
        if isinstance(node, ast.ImportFrom) and node.module == FOLDER.name
        for alias in node.names
        if (FOLDER / f"{alias.name}.py").exists()
    }


def hook_files() -> list[Source]:
    """Where hooks are implemented: in the example plugin, then in the features that ship."""
    shipped = sorted((ROOT / "shop" / "blueprints").glob("*/plugin.py"))
    return [read(path) for path in (HOOKS, *shipped)]
