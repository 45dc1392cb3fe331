"""`shop plugins new` writes a plugin that works as it is: its own tests pass, and it imports only the API."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shop.core.errors import Refused
from shop.plugins.scaffolding import write_plugin
from tests import data_folders

ROOT = Path(__file__).parents[2]
ENTRY_POINT = "[shop.plugins]\nguest_book = bookstall_guest_book.plugin\n"


@pytest.fixture
def package(tmp_path):
    return write_plugin("guest_book", tmp_path)


def installed(package: Path) -> dict[str, str]:
    """The environment in which Python finds the package, as if pip had installed it."""
    described = package / "bookstall_guest_book-1.0.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Name: bookstall-guest-book\nVersion: 1.0.0\n")
    (described / "entry_points.txt").write_text(ENTRY_POINT)
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "SHOP_TEST_DATABASE_URL": data_folders.made("sqlite", package / "data"),
    }


def test_its_own_tests_pass(package):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(package)]
    run = subprocess.run(
        command, env=installed(package), cwd=package, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 passed" in run.stdout


def test_it_imports_nothing_but_the_api(package):
    modules = {
        node.module
        for path in (package / "bookstall_guest_book").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("shop")
    }
    assert modules == {"shop.plugins.api", "shop.plugins.api.forms"}
    written = {path: path.read_text() for path in package.rglob("*") if path.is_file()}
    assert not [path for path, text in written.items() if "@NAME@" in text or "@TITLE@" in text]


@pytest.mark.parametrize("name", ["Guest", "1st", "a-b", "../x", "guest_book"])
def test_a_name_that_is_none_or_is_there_already_is_refused(package, name):
    with pytest.raises(Refused):
        write_plugin(name, package.parent)
