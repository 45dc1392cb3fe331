"""What features take of the application around the API of plugins: the measure of what the API lacks.

python -m bench.around_api [--root FOLDER] [--modules]

`--root` measures another checkout, to compare before and after. Counted are the modules of `shop` that a feature
imports, without those of features and of the API; `--modules` says which, and how many features need each. `could`
are names that the API has as well, so that nobody needs to go around it for them.
"""

from __future__ import annotations

import argparse
import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from bench.harness import table

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What features import around the API.")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--modules", action="store_true", help="count by module, not by feature")
    asked = parser.parse_args()
    found = around_api(asked.root)
    if asked.modules:
        needed = Counter(module for modules in found.values() for module in modules)
        rows = [(module, str(count)) for module, count in needed.most_common()]
        table("Features that import a module", rows, ("module", "features"))
        return
    could = in_the_api(asked.root)
    rows = [
        (feature, str(len(modules)), str(could[feature]))
        for feature, modules in sorted(found.items())
    ]
    middle = f"{median(map(len, found.values())):g}"
    table(
        "Modules around the API",
        [*rows, ("median, sum", middle, str(sum(could.values())))],
        ("feature", "modules", "could"),
    )


def around_api(root: Path) -> Mapping[str, set[str]]:
    """By feature, the modules that it imports and a plugin may not."""
    features = (path.parent for path in (root / "shop" / "blueprints").glob("*/plugin.py"))
    return {
        feature.name: {
            module
            for path in feature.rglob("*.py")
            for module in _imported(root, path)
            if not module.startswith(("shop.blueprints", "shop.plugins.api"))
        }
        for feature in features
    }


def in_the_api(root: Path) -> Mapping[str, int]:
    """By feature, how many names it imports from elsewhere though the API has them under the same name."""
    has = {
        (source, name)
        for file in ("__init__.py", "forms.py")
        for source, name in _names(root / "shop" / "plugins" / "api" / file)
    }
    return {
        path.parent.name: sum(
            each in has for file in path.parent.rglob("*.py") for each in _names(file)
        )
        for path in (root / "shop" / "blueprints").glob("*/plugin.py")
    }


def _names(path: Path) -> Iterator[tuple[str, str]]:
    """What a file imports under its own name: module and name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), each.name) for each in node.names if not each.asname)


def _imported(root: Path, path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shop"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                is_module = root.joinpath(*name.split(".")).with_suffix(".py").exists()
                yield name if is_module else str(node.module)


if __name__ == "__main__":
    main()
