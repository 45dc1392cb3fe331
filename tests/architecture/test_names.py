"""One name, one meaning: a public name stands in one module alone, or docs/glossary.md says why not."""

from __future__ import annotations

import re
from pathlib import Path

from bench.house import collisions

ROOT = Path(__file__).parents[2]


def shared_names() -> set[str]:
    """The names that mean the same wherever they stand, as the glossary lists them."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    _, found, table = text.partition("### Names that several modules share")
    assert found
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_a_name_means_one_thing():
    found = collisions(ROOT / "shop")
    assert {name: places for name, places in found.items() if name not in shared_names()} == {}


def test_the_glossary_lists_no_name_that_is_not_shared():
    assert shared_names() <= set(collisions(ROOT / "shop"))


def test_control_a_second_meaning_is_found(tmp_path):
    for module in ("one", "two"):
        (tmp_path / f"{module}.py").write_text("class Wanted:\n    pass\n", encoding="utf-8")
    assert collisions(tmp_path) == {"Wanted": ["one.py", "two.py"]}


def test_control_an_address_may_be_called_alike_in_each_feature(tmp_path):
    for module in ("one_pages", "views"):
        (tmp_path / f"{module}.py").write_text("def show():\n    pass\n", encoding="utf-8")
    assert collisions(tmp_path) == {}
