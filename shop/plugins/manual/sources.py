"""Reads definitions out of the source: what is called so, how it is written there, and what is said of it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
_SECTION = re.compile(r"^([A-Z][a-z]+):$")
_ITEM = re.compile(r"^(\w+): (.*)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """A file and what is written in it."""

    path: Path
    text: str
    tree: ast.Module

    def segment(self, node: ast.AST) -> str:
        """A statement as it is written, its decorators included, without the indentation of where it stands."""
        assert isinstance(node, ast.stmt)  # noqa: S101
        decorators = getattr(node, "decorator_list", [])
        first = min((each.lineno for each in decorators), default=node.lineno)
        lines = self.text.splitlines()[first - 1 : node.end_lineno]
        return inspect.cleandoc("\n" + "\n".join(lines))

    def definitions(self) -> Iterator[tuple[str, ast.stmt, Sequence[ast.stmt]]]:
        """Each name that the module gives a meaning, with the statement, and the statements that follow it."""
        yield from _definitions(self.tree.body)


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name gets its meaning, and what is said of it there."""

    name: str
    source: Source
    node: ast.stmt
    doc: str


@dataclass(frozen=True, slots=True)
class Doc:
    """A docstring in its parts: what stands before the first section, and the sections by their headings."""

    text: str
    sections: Mapping[str, str]

    def items(self, section: str) -> dict[str, str]:
        """A section of `name: words` as a mapping; lines that go on are joined."""
        found: dict[str, str] = {}
        name = ""
        for line in self.sections.get(section, "").splitlines():
            match = _ITEM.match(line)
            if match:
                name = match[1]
                found[name] = match[2]
            elif name:
                found[name] += f" {line.strip()}"
        return found


@cache
def read(path: Path) -> Source:
    """A file of the project."""
    text = path.read_text(encoding="utf-8")
    return Source(path, text, ast.parse(text))


def module(name: str) -> Source:
    """A module of ours by its dotted name."""
    path = ROOT.joinpath(*name.split("."))
    return read(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))


def names_in(module_name: str) -> list[str]:
    """What a module offers: what its `__all__` lists, or else every hook in it."""
    source = module(module_name)
    for name, node, _following in source.definitions():
        if name == "__all__" and isinstance(node, ast.Assign):
            return sorted(ast.literal_eval(node.value), key=str.lower)
    return [name for name, _node in hooks_in(source)]


def hooks_in(source: Source) -> Iterator[tuple[str, Function]]:
    """Each hook of a module, in the order in which they are written."""
    for name, node, _following in source.definitions():
        if isinstance(node, Function) and "hookspec" in map(ast.unparse, node.decorator_list):
            yield name, node


def imported(source: Source) -> dict[str, tuple[str, str]]:
    """What a file imports from our modules: module and name there, by the name here."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("shop.")
        for alias in node.names
    }


def definition(module_name: str, name: str) -> Definition:
    """Where a name that a module knows is written, through however many imports.

    Raises:
        KeyError: it is not defined in a module of ours.
    """
    source = module(module_name)
    for found, node, following in source.definitions():
        if found == name:
            return Definition(name, source, node, _doc_of(node, following))
    return replace(definition(*imported(source)[name]), name=name)


def parts_of(doc: str) -> Doc:
    """Take a docstring apart. A section is a heading such as `Raises:` and what is indented below it."""
    text: list[str] = []
    sections: dict[str, list[str]] = {}
    lines = text
    for line in inspect.cleandoc(doc).splitlines():
        heading = _SECTION.match(line)
        if heading:
            lines = sections[heading[1]] = []
        else:
            lines.append(line)
    return Doc(
        "\n".join(text).strip(),
        {name: inspect.cleandoc("\n" + "\n".join(said)) for name, said in sections.items()},
    )


def fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    """The annotated names of a class, in their order."""
    return [each for each in node.body if isinstance(each, ast.AnnAssign)]


def methods(node: ast.ClassDef) -> list[Function]:
    """What others may call on a class, in order; of what is private or special, only how it is made."""
    return [
        each
        for each in node.body
        if isinstance(each, Function) and (each.name == "__init__" or not each.name.startswith("_"))
    ]


def signature(source: Source, node: Function, name: str = "") -> str:
    """A function's head as it is written, without the colon and comments; `@property` above it where it is one.

    `name` is what the API calls it, where that differs.
    """
    lines = [
        line.partition("  # ")[0]
        for line in source.text.splitlines()[node.lineno - 1 : node.body[0].lineno - 1]
    ]
    head = inspect.cleandoc("\n" + "\n".join(lines)).rstrip().removesuffix(":")
    head = head.replace(f"def {node.name}(", f"def {name or node.name}(", 1)
    is_property = any(ast.unparse(each) == "property" for each in node.decorator_list)
    return f"@property\n{head}" if is_property else head


def _definitions(
    statements: Sequence[ast.stmt],
) -> Iterator[tuple[str, ast.stmt, Sequence[ast.stmt]]]:
    for index, node in enumerate(statements):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node, ()
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node, statements[index + 1 :]
        elif isinstance(node, ast.If):
            yield from _definitions(node.body)


def _doc_of(node: ast.stmt, following: Sequence[ast.stmt]) -> str:
    """A docstring; of a plain name, the string that stands below it."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return ast.get_docstring(node) or ""
    match following:
        case [ast.Expr(value=ast.Constant(value=str(text))), *_]:
            return text
    return ""
