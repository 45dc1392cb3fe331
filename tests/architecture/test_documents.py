"""What the documents tell a newcomer to do works, and what they name is there."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from shop.config import Config
from tests import servers

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


# The smallest plugin


def files_of(document: str) -> dict[str, str]:
    """Blocks of code that begin with a comment that is a path, by that path."""
    found = {}
    for block in re.findall(r"^```\w+\n(.*?)^```", document, re.MULTILINE | re.DOTALL):
        path = re.match(r"(?:# |\{# )([\w/.-]+\.\w+)(?: #\})?\n", block)
        if path:
            found[path[1]] = block
    return found


def write_package(folder: Path) -> Path:
    """The package that docs/plugins.md describes, as it describes it."""
    document = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    package = folder / "bookstall-hello"
    for name, text in {**files_of(document), "bookstall_hello/__init__.py": ""}.items():
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

    told("db", "upgrade")
    assert re.search(r"^hello +Hello$", told("plugins", "list"), re.MULTILINE)
    served = subprocess.Popen([shop, "run", "--port", str(port), "--workers", "1"], env=environment)
    try:
        servers.until(lambda: page(port, "/healthz") == "ok\n", "an answer", within=60)
        assert "Hello from a plugin" in page(port, "/hello")
        assert "Hello, dear reader." in page(port, "/contact")
    finally:
        served.terminate()
        served.wait(30)


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


def test_every_setting_of_the_environment_is_documented():
    document = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for name in Config.model_fields:
        assert f"`SHOP_{name.upper()}`" in document, name
