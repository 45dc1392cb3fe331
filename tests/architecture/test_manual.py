"""The manual for plugin authors says what the source says: compared with its signatures, not with what wrote it."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from bench.around_api import around_api, in_the_api
from shop.app import FEATURES
from shop.core.events import Event
from shop.plugins import api, hookspecs
from shop.plugins.api import events, forms
from shop.plugins.drawing import slots
from shop.plugins.manual.promises import present, promises

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "example_plugin" / "bookstall_marginalia"
HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, "shop_spec")
}
NAMES = [
    (name, getattr(module, name)) for module in (api, forms, events) for name in module.__all__
]


@pytest.fixture(scope="module")
def written():
    """The manual as it lies in the tree."""
    return (ROOT / "docs" / "HOOKS.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parts(written):
    """The manual by its headings."""
    return sections(written)


# What must stand in it


def squeezed(text: str) -> str:
    """Code without what a formatter decides: spaces, quotes, the `_` in numbers, a comma before the last bracket."""
    return re.sub(r"[\s'\"]|(?<=\d)_(?=\d)", "", text).replace(",)", ")")


def sections(text: str) -> dict[str, str]:
    """What stands below each heading of the third order."""
    found: dict[str, str] = {}
    for part in re.split(r"^##+ ", text, flags=re.MULTILINE)[1:]:
        heading, _, said = part.partition("\n")
        assert heading not in found, f"two headings are called {heading!r}: links lead to the first"
        found[heading] = said
    return found


def signature(name: str, function: Any) -> str:
    """A function's signature as Python knows it, with its types as they stand in the source."""
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    types = {
        node.arg: ast.unparse(node.annotation)
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) and node.annotation
    }
    known = inspect.signature(function)
    written = known.replace(
        parameters=[
            each.replace(annotation=types.get(each.name, each.annotation))
            for each in known.parameters.values()
        ],
        return_annotation=ast.unparse(tree.returns) if tree.returns else known.return_annotation,
    )
    return squeezed(f"def {name}{written}")


def expected(name: str, thing: Any) -> list[tuple[str, str]]:
    """Each thing that the section of a name must hold: what it is, and its text."""
    wanted = [("docstring", squeezed(first_line(name, thing)))]
    if inspect.isfunction(thing):
        return [*wanted, ("signature", signature(name, thing))]
    if not inspect.isclass(thing):
        return wanted
    wanted += [(f"field {each}", text) for each, text in fields(thing)]
    wanted += [(f"meaning of {each}", squeezed(f"- `{each}`: ")) for each, _text in fields(thing)]
    for each, function in vars(thing).items():
        if each.startswith("_") or each in dict(fields(thing)):
            continue
        getter = function.fget if isinstance(function, property) else function
        if inspect.isfunction(getter):
            wanted.append((f"method {each}", signature(each, getter)))
            wanted.append((f"meaning of {each}", squeezed(f"- `{each}`: ")))
    if issubclass(thing, Exception) and "__init__" in vars(thing):
        wanted.append(("how it is made", signature("__init__", thing.__init__)))
    return wanted


def fields(thing: type) -> list[tuple[str, str]]:
    """The fields of a class as Python knows them, with their types and plain defaults."""
    if thing is api.Model:
        return []
    by_name = {each.name: each for each in dataclasses.fields(thing)} if is_data(thing) else {}
    found = []
    for name, annotation in written_annotations(thing).items():
        text = f"{name}: {annotation}"
        default = by_name[name].default if name in by_name else dataclasses.MISSING
        if isinstance(default, (str, int, tuple)) and not is_constant(thing, name):
            text += f" = {default!r}"
        found.append((name, squeezed(text)))
    return found


def written_annotations(thing: type) -> dict[str, str]:
    """The types of a class's own fields as they stand in the source; a module with tables evaluates them."""
    known = inspect.get_annotations(thing)
    if all(isinstance(each, str) for each in known.values()):
        return known
    [tree] = ast.parse(inspect.getsource(thing)).body
    return {
        ast.unparse(node.target): ast.unparse(node.annotation)
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
    }


def is_data(thing: type) -> bool:
    return dataclasses.is_dataclass(thing)


def is_constant(thing: type, field: str) -> bool:
    """Whether the source gives the default by a name: what that is worth, nobody can read there."""
    tree = ast.parse(inspect.getsource(thing))
    return any(
        isinstance(node, ast.AnnAssign)
        and ast.unparse(node.target) == field
        and isinstance(node.value, ast.Name)
        for node in ast.walk(tree)
    )


def first_line(name: str, thing: Any) -> str:
    """How the docstring begins; of a plain name, the string that stands below it."""
    is_plain = thing is api.Model or not (inspect.isclass(thing) or inspect.isfunction(thing))
    text = said_below(name) if is_plain else thing.__doc__
    first = inspect.cleandoc(text or "").partition("\n")[0]
    assert len(first) > 15, f"{name} has no docstring"
    return first


def said_below(name: str) -> str:
    """The string below a plain name, wherever the API has it from."""
    pattern = re.compile(rf'^ *{name} = .*\n *"""([^"]+)"""', re.MULTILINE)
    for modules in ("plugins/**/*.py", "core/**/*.py", "*.py"):
        for path in (ROOT / "shop").glob(modules):
            if match := pattern.search(path.read_text(encoding="utf-8")):
                return match[1]
    return ""


@cache
def all_expected() -> list[tuple[str, list[tuple[str, str]]]]:
    """By heading, what must stand below it."""
    wanted = [(name, expected(name, thing)) for name, thing in NAMES]
    return wanted + [(name, [("signature", signature(name, hook))]) for name, hook in HOOKS.items()]


def missing(text: str) -> list[str]:
    """What the source has and the manual has not."""
    said = {heading: squeezed(words) for heading, words in sections(text).items()}
    return [
        f"{name}: {what}"
        for name, things in all_expected()
        for what, words in things
        if words not in said.get(name, "") or name not in said
    ]


def test_every_signature_of_the_source_stands_in_the_manual(written):
    assert missing(written) == []


@pytest.mark.parametrize(
    ("line", "replacement", "noticed"),
    [
        ("    takes_codes: bool\n", "", "CartRule: field takes_codes"),
        ("    order: int = 100\n", "    order: int = 10\n", "Slot: field order"),
        ("- `declines`: ", "- `refusals`: ", "PaymentVerdict: meaning of declines"),
        (
            "def look_up_refund(self",
            "def look_up_return(self",
            "PaymentProvider: method look_up_refund",
        ),
        ("    unique_key: str | None = None,\n", "", "enqueue: signature"),
        ("def themes() -> Iterable[Theme]", "def themes() -> Theme", "themes: signature"),
        ("### made_of\n", "### made_with\n", "made_of: signature"),
        ("    refund_id: int\n", "", "OrderRefunded: field refund_id"),
        ("retry_after: int)", "retry_after: float)", "TooMany: how it is made"),
    ],
)
def test_control_a_change_of_the_manual_alone_is_noticed(written, line, replacement, noticed):
    assert line in written
    assert noticed in missing(written.replace(line, replacement))


def test_every_link_leads_to_a_heading(written):
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in sections(written)
    }
    linked = set(re.findall(r"\]\(#([^)]+)\)", written))
    assert linked - anchors == set()


# What must be said


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_when_it_is_called_and_what_becomes_of_a_failure(name, parts):
    text = inspect.getdoc(HOOKS[name]) or ""
    for heading in ("Called", "Failure"):
        said = re.search(rf"^{heading}:\n((?:    .+\n?)+)", text, re.MULTILINE)
        assert said, f"{name} does not say: {heading}"
        assert len(said[1].split()) > 4
        assert " ".join(said[1].split()) in parts[name]


@pytest.mark.parametrize("name", [*HOOKS, *slots.POINTS, *api.__all__, *forms.__all__])
def test_everything_has_an_example_that_is_in_a_file(name, parts):
    part = parts[f"`{name}`" if name in slots.POINTS else name]
    assert re.search(r"^Example(, from `|: at the hook \[`)", part, re.MULTILINE)
    shown = re.findall(
        r"^Example, from [^\n]*\n\n```python\n(.*?)```", part, re.MULTILINE | re.DOTALL
    )
    for code in shown:
        assert squeezed(code.splitlines()[0]) in EVERYTHING_WRITTEN


EVERYTHING_WRITTEN = squeezed(
    "".join(
        path.read_text(encoding="utf-8")
        for path in [*EXAMPLE.glob("*.py"), *(ROOT / "shop" / "blueprints").glob("*/plugin.py")]
    )
)


def test_the_page_of_promises_says_what_the_source_says():
    written = present()
    assert promises(written) == written, "write it anew, and say in CHANGELOG.md what changed"


def test_control_a_changed_shape_and_a_name_that_went_are_noticed():
    written = present()
    for line, replacement in (
        ("unique_key: str | None = None".replace("|", "\\|"), "unique_key: str"),
        ("| `external_url` | 1.0 |", "| `absolute_url` | 1.0 |"),
    ):
        assert line in written
        assert promises(written.replace(line, replacement)) != written.replace(line, replacement)


# Nothing is there that nobody uses


def names_used(path: Path) -> set[str]:
    """Names that a file imports from the API and then uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    brought = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {api.__name__, forms.__name__}
        for alias in node.names
    }
    return brought & {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def unused(names: list[str], folder: Path) -> set[str]:
    """Names of the API that no file of a folder uses."""
    return set(names).difference(*(names_used(path) for path in folder.rglob("*.py")))


def test_everything_of_the_api_is_used_by_the_example_plugin():
    assert unused([*api.__all__, *forms.__all__], EXAMPLE) == set()


def test_control_a_name_that_nobody_uses_is_noticed():
    assert unused([*api.__all__, "Subscription"], EXAMPLE) == {"Subscription"}


def test_the_example_plugin_imports_only_the_api():
    modules = {
        node.module
        for path in EXAMPLE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "shop"
    }
    assert modules == {api.__name__, events.__name__, forms.__name__}


def test_no_more_of_the_house_is_imported_around_the_api_than_was():
    middle = median(map(len, around_api(ROOT).values()))
    assert middle <= 14, "take it from the API, or add it there"


def test_what_the_api_has_is_taken_from_it():
    around = {feature: names for feature, names in in_the_api(ROOT).items() if names}
    assert around == {}, "import it from shop.plugins.api"


# Facts


PUBLIC = [getattr(events, name) for name in events.__all__]


def test_every_fact_of_a_feature_is_public_and_frozen():
    declared = [
        node.name
        for path in (ROOT / "shop").rglob("*.py")
        if "(Event)" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and "Event" in map(ast.unparse, node.bases)
    ]
    assert sorted(declared) == events.__all__
    assert all(issubclass(each, Event) and each.__dataclass_params__.frozen for each in PUBLIC)


def facts_from_above(feature: str, source: str) -> set[str]:
    """Facts of features above that a module of a feature imports."""
    if events.__name__ not in source:
        return set()
    floor = {name: number for number, name in enumerate(FEATURES)}
    return {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == events.__name__
        for alias in node.names
        if floor[getattr(events, alias.name).__module__.rpartition(".")[2]] > floor[feature]
    }


def test_a_feature_knows_only_its_own_facts_and_those_of_features_beneath():
    found = {
        path: above
        for feature in FEATURES
        for path in (ROOT / "shop" / "blueprints" / feature).rglob("*.py")
        if (above := facts_from_above(feature, path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_control_a_fact_from_above_is_noticed():
    source = "from shop.plugins.api.events import OrderPaid, ProductChanged"
    assert facts_from_above("catalog", source) == {"OrderPaid"}


def test_every_type_of_a_hook_is_in_the_api():
    named = {
        word
        for function in HOOKS.values()
        for word in re.findall(r"[A-Z]\w+", str(function.__annotations__["return"]))
    }
    elsewhere = {"Any", "Iterable", "Blueprint", "Command", "Path"}
    assert named - elsewhere <= set(api.__all__)


def points_drawn_at() -> set[str]:
    """Points that the example plugin or a feature that ships draws at."""
    return {
        node.args[0].value
        for path in [EXAMPLE / "plugin.py", *(ROOT / "shop" / "blueprints").glob("*/plugin.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Slot"
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_point_of_a_page_is_drawn_at_by_somebody():
    assert points_drawn_at() == set(slots.POINTS)
