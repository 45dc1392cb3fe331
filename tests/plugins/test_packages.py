"""The packages in `plugins/`: each stands on the plugin API alone, and can be installed by a stranger."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import translate
from tests.architecture.test_marked import unmarked, unmarked_in_code

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))
THE_OWNERS = {
    "Akismet",
    "Become a member",
    "Members read everything, and keep this site going.",
}
"""A name, and what stands on a page until the owner writes something else."""
API = {"shop.plugins.api", "shop.plugins.api.forms", "shop.plugins.api.events"}


def imported_of_ours(source: str) -> set[str]:
    """The modules of the shop that a file names in an import, in whatever way."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} if node.value.startswith(("shop.", "tests.")) else set()
    return {name for name in found if name.partition(".")[0] in {"shop", "tests"}}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_imports_nothing_of_the_shop_but_the_api(package):
    """Its tests may name what tests may, too: the fixtures for plugins."""
    for path in package.rglob("*.py"):
        allowed = API | ({"shop.plugins.testing"} if "tests" in path.parts else set())
        reached = imported_of_ours(path.read_text(encoding="utf-8")) - allowed
        assert not reached, f"{path.relative_to(ROOT)} reaches around the API: {reached}"


def test_the_question_above_finds_every_way_around():
    ways = "import shop.core.clock", "from shop.extensions import db", "load('shop.core.jobs')"
    assert [imported_of_ours(way) for way in ways] == [
        {"shop.core.clock"},
        {"shop.extensions"},
        {"shop.core.jobs"},
    ]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_has_what_a_stranger_needs_to_install_it(package):
    described = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    assert described["build-system"]["build-backend"]
    (name,) = described["project"]["entry-points"]["shop.plugins"]
    assert (package / "README.md").read_text(encoding="utf-8").count(name)
    assert list((package / "tests").glob("test_*.py"))
    for folder in described["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert (package / folder / "plugin.py").is_file()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_marks_its_words_and_speaks_german(package):
    """If this fails: mark them, and make the catalog as docs/plugins.md says, under Translations."""
    (folder,) = package.glob("bookstall_*/")
    faults = [
        text
        for path in folder.rglob("*")
        if path.suffix in {".py", ".html", ".txt"}
        for _line, text in (
            unmarked_in_code(path.read_text("utf-8"))
            if path.suffix == ".py"
            else unmarked(path.read_text("utf-8"), is_html=path.suffix == ".html")
        )
    ]
    assert set(faults) <= THE_OWNERS
    home = folder / "locale" / "de" / "LC_MESSAGES"
    written = sayings(read_po(BytesIO((home / "messages.po").read_bytes())))
    assert sayings(translate.collected(folder)).keys() == written.keys()
    assert all(written.values())
    assert sayings(read_mo(BytesIO((home / "messages.mo").read_bytes()))) == written


def sayings(catalog: Catalog) -> dict[str, list[str]]:
    """What is said, by its words in English, and how it is translated."""
    return {
        " | ".join(_each(message.id)): [each for each in _each(message.string) if each]
        for message in catalog
        if message.id
    }


def _each(words: Any) -> Sequence[str]:
    return [words] if isinstance(words, str) else list(words or ())
