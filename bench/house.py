"""How the code is built: what a newcomer meets at the top of a large feature, and how often a name means two things.

python -m bench.house [--root FOLDER] [--names]

`--root` measures another checkout, to compare before and after. *Entries* of a feature are the files and folders
side by side at its top; *arrows* are the imports between different entries. Names count where they are public and
at the top of a module: every class, and the functions of modules that are neither pages, hooks nor commands; an
address may well be called `show` in each feature.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.harness import table
from bench.walk import walk_of_a_checkout

LARGE = ("comments", "orders", "payments", "checkout")
HTTP = re.compile(r"(\w+_)?(views|pages?|admin|forms|cookies?|sessions)|admin_\w+")
PER_FEATURE = re.compile(r"(\w+_)?(views|pages?|admin|cli)|admin_\w+|plugin|hookspecs")
GUARDED_ONCE = {"services", "queries", "models"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How the house is built.")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent)
    parser.add_argument("--names", action="store_true", help="print every name of two meanings")
    asked = parser.parse_args()
    shop = asked.root / "shop"
    table(
        "The top of a feature",
        [
            (name, *map(str, _size(shop / "blueprints" / name)))
            for name in LARGE
            if (shop / "blueprints" / name).is_dir()
        ],
        ("feature", "entries", "arrows", "modules"),
    )
    lines = {path: len(_text(path).splitlines()) for path in (shop / "blueprints").rglob("*.py")}
    total = sum(lines.values())
    once = sum(count for path, count in lines.items() if path.stem in GUARDED_ONCE)
    now = sum(count for path, count in lines.items() if not HTTP.fullmatch(path.stem))
    names = collisions(shop)
    table(
        "The whole",
        [
            ("lines in modules called services, queries or models", f"{once / total:.0%}"),
            ("lines in modules that HTTP may not enter by their name", f"{now / total:.0%}"),
            ("names that mean two things", str(len(names))),
        ],
        ("what", "figure"),
    )
    if asked.names:
        for name, places in sorted(names.items()):
            print(f"{name:32}", "  ".join(places))
    if asked.root == Path(__file__).parent.parent:
        walk = walk_of_a_checkout()
        table(
            "The POST of a checkout",
            [tuple(map(str, (len(walk.steps), len(walk.files), len(walk.climbs), walk.priced)))],
            ("calls", "files", "climbs", "priced"),
        )


def _size(feature: Path) -> tuple[int, int, int]:
    """Entries at the top of a feature, arrows between them, and all its modules."""
    modules = [path for path in feature.rglob("*.py") if path.stem != "__init__"]
    entries = {path.relative_to(feature).parts[0].removesuffix(".py") for path in modules}
    package = f"shop.blueprints.{feature.name}"
    arrows = set()
    for path in modules:
        here = path.relative_to(feature).parts[0].removesuffix(".py")
        for imported in _imports(path, package):
            there = imported.removeprefix(package).lstrip(".").partition(".")[0]
            if there in entries and there != here:
                arrows.add((here, there))
    return len(entries), len(arrows), len(modules)


def _imports(path: Path, package: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(_text(path))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def collisions(shop: Path) -> Mapping[str, list[str]]:
    """Names that stand for different things in different modules, with the modules."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(shop.rglob("*.py")):
        if {"demo", "sections"} & set(path.parts):
            continue
        for node in ast.parse(_text(path)).body:
            counts = isinstance(node, ast.ClassDef) or (
                isinstance(node, ast.FunctionDef) and not PER_FEATURE.fullmatch(path.stem)
            )
            if counts and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(shop).as_posix())
    return {name: places for name, places in found.items() if len(places) > 1}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
