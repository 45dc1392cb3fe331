"""What the documents tell a newcomer to do works, and what they name is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

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
        servers.until(lambda: page(port, "/healthz") == "ok\n", "the site answers")
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
