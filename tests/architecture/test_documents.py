"""What the documents tell a newcomer to do works, and what they name is there."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from shop.config import Config
from tests import data_folders, servers

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


TUTORIAL = "bookstall-postcards/"


# The smallest plugin


def files_of(document: str) -> dict[str, str]:
    """Blocks of code that begin with a comment that is a path, by that path; some are added to a file's end."""
    found: dict[str, str] = {}
    for block in re.findall(r"^```\w+\n(.*?)^```", document, re.MULTILINE | re.DOTALL):
        path = re.match(r"(?:# |\{# |/\* )([\w/.-]+\.\w+)(, at the end)?(?: #\}| \*/)?\n", block)
        if path:
            found[path[1]] = found.get(path[1], "") + block if path[2] else block
    return found


def write_package(folder: Path) -> Path:
    """The package that docs/plugins.md describes, as it describes it."""
    document = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    package = folder / "bookstall-hello"
    files = {name: text for name, text in files_of(document).items() if TUTORIAL not in name}
    for name, text in {**files, "bookstall_hello/__init__.py": ""}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


def tree_of(document: str) -> set[str]:
    """The names of the files that the drawing of the folder shows."""
    drawing = re.search(r"^```\n(bookstall-hello/\n.*?)^```", document, re.MULTILINE | re.DOTALL)
    assert drawing
    return {line.split("/")[-1].strip() for line in drawing[1].splitlines()} - {""}


def test_the_smallest_plugin_is_all_of_its_files(tmp_path):
    package = write_package(tmp_path)
    document = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    assert {path.name for path in package.rglob("*.*") if path.is_file()} == tree_of(document)


def test_the_smallest_plugin_is_installed_started_and_seen(tmp_path):
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"),
            *("--no-index", "--target", str(tmp_path / "site"), str(write_package(tmp_path))),
        ],
        check=True,
    )
    data_folders.made("sqlite", tmp_path / "data")
    port = servers.free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]),
        "SHOP_DATA_DIR": str(tmp_path / "data"),
        "SHOP_PLUGINS": "hello",
        "SHOP_BASE_URL": f"http://127.0.0.1:{port}",
    }
    shop = str(Path(sys.executable).parent / "shop")

    def told(*arguments: str) -> str:
        return subprocess.run(
            [shop, *arguments], env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert re.search(r"^hello +Hello$", told("plugins", "list"), re.MULTILINE)
    served = subprocess.Popen([shop, "run", "--port", str(port), "--workers", "1"], env=environment)
    try:
        servers.until(lambda: page(port, "/healthz") == "ok\n", "an answer")
        assert "Hello from a plugin" in page(port, "/hello")
        assert "Hello, dear reader." in page(port, "/contact")
    finally:
        served.terminate()
        served.wait(180)


def page(port: int, path: str) -> str:
    """What the site answers; nothing while it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.read().decode()
    except OSError:
        return ""


# What documents name


def is_there(path: str) -> bool:
    """Whether a path of the project is there; `*` stands for anything."""
    return bool(list(ROOT.glob(path))) if "*" in path else (ROOT / path).exists()


def paths_missing(document: str) -> list[str]:
    """Paths of the project that a document names and that are not there."""
    text = re.sub(r"<\w+>", "*", document)
    named = re.findall(r"`((?:shop|tests|docs|migrations|bench)/[\w./*-]*)`", text)
    return [path for path in named if not is_there(path)]


def modules_missing(document: str) -> list[str]:
    """Modules that a document runs by `python -m` and that are not there."""
    named = re.findall(r"python -m ((?:shop|bench)[\w.]*)", document)
    return [
        name
        for name in named
        if not is_there(name.replace(".", "/") + ".py")
        and not is_there(name.replace(".", "/") + "/__main__.py")
    ]


def definitions(path: str) -> set[str]:
    """Names of the functions and classes of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def steps(document: str) -> list[tuple[str, str]]:
    """Rows of the walks: a file, and a function of it."""
    return re.findall(r"^\| `([\w./]+\.py)` \| `(\w+)` \|", document, re.MULTILINE)


def steps_missing(document: str) -> list[tuple[str, str]]:
    """Steps of the walks that nobody can find."""
    return [
        (path, name)
        for path, name in steps(document)
        if not is_there(path) or name not in definitions(path)
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_names_is_there(path):
    document = path.read_text(encoding="utf-8")
    assert paths_missing(document) == []
    assert modules_missing(document) == []
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document):
        assert (path.parent / target).exists(), target


def test_the_walks_name_functions_that_are_there():
    document = (ROOT / "docs" / "developing.md").read_text(encoding="utf-8")
    assert len(steps(document)) > 25
    assert steps_missing(document) == []


def test_control_what_is_not_there_is_noticed():
    assert paths_missing("see `shop/core/nowhere.py`") == ["shop/core/nowhere.py"]
    assert modules_missing("run `python -m bench.nothing`") == ["bench.nothing"]
    gone = "| `shop/core/clock.py` | `now` | x |\n| `shop/core/clock.py` | `then` | x |\n"
    assert steps_missing(gone) == [("shop/core/clock.py", "then")]


# Requirements and the tests that show them

ROW_OF_ASVS = re.compile(
    r"^\| (\d+)\.(\d+)\.(\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \|([^|]*)\|$", re.MULTILINE
)
REQUIREMENTS = dict(
    zip(range(1, 18), (27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7), strict=True)
)
"""How many of level 1 and 2 each chapter of OWASP ASVS 5.0.0 has."""
WITHOUT_A_TEST = ("not applicable: ", "not met: ", "by design: ")
SAID = re.compile(
    r"Of (\d+) requirements (\d+) are met and shown by tests, (\d+) are met by design, (\d+) are not applicable, "
    r"and (\d+) are not met\."
)


def names_of_tests() -> set[str]:
    """Every test function there is."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    return {
        name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)
    }


def unknown_tests(document: str, known: set[str]) -> list[str]:
    """Names of tests in a document that no test has; `...` stands for any letters."""
    named = re.findall(r"`(test_\w+(?:\.\.\.)?|\.\.\.\w+(?:\.\.\.)?)`", document)
    return [
        name
        for name in named
        if not any(re.fullmatch(name.replace("...", r"\w*"), each) for each in known)
    ]


def rows_unproved(document: str) -> list[str]:
    """Requirements whose row names no test and does not say why."""
    return [
        ".".join(row[:3])
        for row in ROW_OF_ASVS.findall(document)
        if not re.search(r"`test_\w+`", row[6]) and not row[5].startswith(WITHOUT_A_TEST)
    ]


def kinds_of_rows(document: str) -> Counter[str]:
    """How many rows are met and shown, and how many say each reason instead."""
    return Counter(
        next((each for each in WITHOUT_A_TEST if row[5].startswith(each)), "met")
        for row in ROW_OF_ASVS.findall(document)
    )


def test_each_test_that_the_security_pages_name_is_there():
    known = names_of_tests()
    for name in ("security.md", "asvs.md"):
        document = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert unknown_tests(document, known) == [], name


def test_each_requirement_of_the_standard_has_one_row_that_is_proved_or_says_why():
    document = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    numbers = [tuple(map(int, row[:3])) for row in ROW_OF_ASVS.findall(document)]
    assert numbers == sorted(set(numbers))
    assert Counter(chapter for chapter, _, _ in numbers) == REQUIREMENTS
    assert rows_unproved(document) == []


def test_the_counts_at_the_head_are_those_of_the_rows():
    document = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    kinds = kinds_of_rows(document)
    reasons = ("met", "by design: ", "not applicable: ", "not met: ")
    said = SAID.search(document)
    assert said
    assert [int(each) for each in said.groups()] == [kinds.total(), *map(kinds.get, reasons)]


def test_control_a_row_without_a_test_and_a_test_that_is_not_there_are_noticed():
    rows = (
        "| 1.1.1 | 1 | a | b | `test_there` |\n"
        "| 1.1.2 | 2 | a | b | |\n"
        "| 1.1.3 | 2 | a | not met: b | |\n"
        "| 1.1.4 | 2 | a | b | `test_gone`, `test_th...`, `..._gone` |\n"
    )
    assert rows_unproved(rows) == ["1.1.2"]
    assert unknown_tests(rows, {"test_there"}) == ["test_gone", "..._gone"]
    assert kinds_of_rows(rows) == {"met": 3, "not met: ": 1}


def test_every_setting_of_the_environment_is_documented():
    document = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for field in fields(Config):
        assert f"`SHOP_{field.name.upper()}`" in document, field.name
