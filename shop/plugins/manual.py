"""The manual of hooks and slots, made from their docstrings: `python -m shop.plugins.manual > docs/HOOKS.md`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

from shop.plugins import hookspecs, slots, types

INTRODUCTION = """\
# Hooks, slots and types for plugins

Made from `shop/plugins/`; a test holds it against the code. Import everything from `shop.plugins.api`.
How to write, package and test a plugin stands in [plugins.md](plugins.md).
"""


def manual() -> str:
    """The whole of `docs/HOOKS.md`."""
    return "\n".join((INTRODUCTION, *_hooks(), *_slots(), *_types()))


def hooks() -> Iterator[tuple[str, str, str]]:
    """Each hook's name, what it yields, and its docstring, in the order in which they are written."""
    for name, function in vars(hookspecs).items():
        if inspect.isfunction(function) and hasattr(function, "shop_spec"):
            yield name, str(function.__annotations__["return"]), inspect.getdoc(function) or ""


def _hooks() -> Iterator[str]:
    yield "## Hooks\n"
    for name, returns, text in hooks():
        yield f"### `{name}() -> {returns}`\n\n{text}\n"


def _slots() -> Iterator[str]:
    yield "## Slots\n"
    yield "Points of a page where `Slot(point, template, context)` draws.\n"
    for point, text in slots.POINTS.items():
        yield f"- `{point}`: {text}"
    yield ""


def _types() -> Iterator[str]:
    yield "## Types\n"
    for name in sorted(types.__all__):
        thing = getattr(types, name)
        if inspect.isclass(thing) and thing.__module__.startswith("shop."):
            yield f"### `{name}`\n\n{inspect.getdoc(thing) or ''}\n"


if __name__ == "__main__":
    sys.stdout.write(manual())
