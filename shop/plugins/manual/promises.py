"""Writes `docs/API.md`: every name of the API, its shape, and the version since which it is stable.

The page is the record of its own: a name that stands in it keeps its version, a new one gets the present version. So
a change of a shape changes a line of this page, where whoever reviews it sees it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shop.plugins.manual.sources import (
    ROOT,
    Definition,
    Function,
    definition,
    fields,
    methods,
    names_in,
    signature,
)
from shop.plugins.starting.inspection import API_VERSION

MODULES = (
    "shop.plugins.api",
    "shop.plugins.api.forms",
    "shop.plugins.api.events",
    "shop.plugins.hookspecs",
)
PAGE = ROOT / "docs" / "API.md"
_LINE = re.compile(r"^\| `(\S+)` \| (\S+) \|", re.MULTILINE)

HEAD = """\
# What plugins may rely on

Every name of `shop.plugins.api` and `shop.plugins.api.forms`, every event of `shop.plugins.api.events` and every hook,
with the version of the API since which it is stable. `Plugin(..., api=">=1,<2")` says which versions you wrote for.
What they mean is in [HOOKS.md](HOOKS.md). This page is made from the source by
`python -m shop.plugins.manual promises`, and a test fails when the source says something else, so that no change goes
unseen.

- What is *stable* is not taken away and keeps its meaning while the first number of the version stays. A release that
  has to change it says so in `CHANGELOG.md`, and how to follow.
- Added without notice are: names, hooks, fields and arguments with a default, and values that a field of text may
  have. So pass arguments by name, and don't compare a whole object with one of your own.
- Until Bookstall 1.0 a minor release may change what is stable, and says so.

"""


def promises(written: str) -> str:
    """The whole page.

    Args:
        written: the page as it was, which knows the versions.
    """
    since = dict(_LINE.findall(written))
    return HEAD + "\n".join(_page(since)) + "\n"


def _page(since: dict[str, str]) -> Iterator[str]:
    for module in MODULES:
        yield f"## `{module}`\n"
        yield "| name | since | shape |\n|---|---|---|"
        for name in names_in(module):
            shape = outline_of(definition(module, name)).replace("|", "\\|")
            yield f"| `{name}` | {since.get(name, API_VERSION)} | `{shape}` |"
        yield ""


def outline_of(found: Definition) -> str:
    """What others depend on, in one line: a function's signature, a class's fields and methods."""
    node = found.node
    if isinstance(node, Function):
        return _flat(signature(found.source, node, found.name))
    if not isinstance(node, ast.ClassDef):
        return _flat(ast.unparse(node))
    parts = [ast.unparse(each) for each in fields(node)]
    parts += [_member(found, each) for each in methods(node)]
    bases = ", ".join(map(ast.unparse, node.bases))
    return f"class {node.name}({bases}): {'; '.join(parts)}".rstrip(": ")


def _member(found: Definition, node: Function) -> str:
    """A method with its signature; a property as what it is to others, a field."""
    written = _flat(signature(found.source, node))
    if not written.startswith("@property") or node.returns is None:
        return written
    return f"{node.name}: {ast.unparse(node.returns)}"


def _flat(code: str) -> str:
    joined = " ".join(code.split())
    return joined.replace("( ", "(").replace(", )", ")")


def present(page: Path = PAGE) -> str:
    """The page as it lies in the tree; empty when there is none yet."""
    return page.read_text(encoding="utf-8") if page.exists() else ""
