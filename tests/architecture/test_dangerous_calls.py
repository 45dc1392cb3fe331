"""Nothing in the package runs other programs or code from data; scripts put HTML in and keep things at one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SHOP = Path(__file__).parents[2] / "shop"
MODULES = {"subprocess", "pickle", "marshal", "shelve", "ctypes", "yaml", "multiprocessing"}
CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "render_template_string"}
WITH_CARE = {
    "serving/supervisor.py": ["ctypes", "subprocess"],
    "core/memory.py": ["ctypes"],
    "core/pages/shared_work.py": ["pickle"],  # what it writes, to know its size; it reads nothing
    "plugin_tools/databases.py": ["subprocess"],
    "blueprints/importers/formats/front_matter.py": ["yaml"],
}
"""The first starts the site's own processes, with arguments that we wrote, and has the kernel end them with itself. The
second tells the C library, by three numbers, how much free memory to keep. The third starts a PostgreSQL to try a
plugin on, by command alone. The fourth reads YAML by the loader that makes plain values alone."""
HARMLESS = {("re", "compile"), ("pickle", "UnpicklingError")}
IN_SCRIPTS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\(|new Function|postMessage|localStorage"
    r"|sessionStorage|indexedDB|__proto__"
)
ALLOWED = {"cart-contents.js": {"innerHTML"}, "keep-words.js": {"localStorage"}}
"""The cart's inside, as our own server drew it; unsaved words of staff, which signing out takes away."""


def dangers(source: str) -> Iterator[str]:
    """What a module imports or calls that could run what somebody sent."""
    if not any(name in source for name in MODULES | CALLS):
        return  # to parse it would take most of the time
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield from (
                f"{node.module}.{each.name}"
                for each in node.names
                if (node.module, each.name) not in HARMLESS
            )
        elif isinstance(node, ast.Call):
            owner, name = _called(node.func)
            if name in CALLS and (owner, name) not in HARMLESS:
                yield name


def _called(function: ast.expr) -> tuple[str, str]:
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        return owner, function.attr
    return "", function.id if isinstance(function, ast.Name) else ""


def test_nothing_runs_programs_or_what_somebody_sent():
    found = {
        path.relative_to(SHOP).as_posix(): list(dangers(path.read_text(encoding="utf-8")))
        for path in SHOP.rglob("*.py")
    }
    assert {path: names for path, names in found.items() if names} == WITH_CARE


def test_scripts_put_html_in_at_one_place_and_keep_things_at_one():
    found = {
        path.name: set(IN_SCRIPTS.findall(path.read_text(encoding="utf-8")))
        for path in (SHOP / "static" / "js").rglob("*.js")
    }
    assert {name: words for name, words in found.items() if words} == ALLOWED


def test_control_what_runs_programs_or_data_is_found():
    source = "import subprocess\nfrom pickle import loads\nimport re\nre.compile('a')\n"
    source += "os.system(a)\neval(b)\ncompile(c)\nrender_template_string(d)\n"
    assert sorted(dangers(source)) == [
        *("compile", "eval", "pickle.loads", "render_template_string", "subprocess", "system"),
    ]
    assert IN_SCRIPTS.findall("a.innerHTML = b; window.postMessage(c)") == [
        "innerHTML",
        "postMessage",
    ]
