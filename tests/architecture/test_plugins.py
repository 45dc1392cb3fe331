"""What a plugin of a third party may do, and what a broken one may not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from flask import Blueprint

from shop.app import create_app
from shop.config import Config
from shop.core.app_state import state_of
from shop.core.observing.figures import host_figures
from shop.core.pages.page_cache import made_of
from shop.plugins import manager, registry
from shop.plugins.api import (
    AdminSection,
    MailKind,
    NavigationItem,
    Permission,
    Plugin,
    Slot,
    hookimpl,
)
from shop.plugins.drawing.slots import SlotTable
from shop.plugins.manager import Registry
from tests import data_folders

EXAMPLE = Path(__file__).parents[1] / "example_plugin"


def plugin(name="broken", **hooks):
    """A plugin module with these hooks."""
    module = ModuleType(name)
    module.PLUGIN = Plugin(name=name, title=name)
    for hook, items in hooks.items():
        module.__dict__[hook] = hookimpl(lambda items=items: items, specname=None)
    return module


def refused(*modules):
    with pytest.raises(manager.PluginError) as error:
        manager.collect(modules)
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_misspelt_hook_stops_the_start():
    text = refused(plugin(navigations=[]))
    assert "'broken'" in text
    assert "navigations" in text


def test_a_wrong_argument_stops_the_start():
    module = plugin()

    @hookimpl
    def slots(page):
        return []

    module.slots = slots
    text = refused(module)
    assert "'broken'" in text
    assert "page" in text


def test_an_unknown_slot_stops_the_start():
    assert "'article.aisde'" in refused(plugin(slots=[Slot("article.aisde", "x.html", dict)]))


def test_a_hook_that_fails_stops_the_start():
    module = plugin()

    @hookimpl
    def slots():
        raise ZeroDivisionError

    module.slots = slots
    assert "slots failed: ZeroDivisionError" in refused(module)


def test_a_name_that_is_taken_stops_the_start():
    kind = MailKind("same", "t", "s", "r")
    assert "'same'" in refused(plugin("one", mail_kinds=[kind]), plugin("two", mail_kinds=[kind]))
    assert "'one' is listed twice" in refused(plugin("one"), plugin("one"))


def test_a_section_needs_a_declared_permission():
    section = AdminSection("s", "S", "talk", "s.red", Blueprint("s", __name__))
    declared = [Permission("s.read", "Read", frozenset())]
    assert "'s.red'" in refused(plugin(admin_sections=[section], permissions=declared))


def test_a_section_is_within_one_that_is_there():
    section = AdminSection(
        "s", "S", "talk", "s.read", Blueprint("s", __name__), within="no-section"
    )
    declared = [Permission("s.read", "Read", frozenset())]
    assert "'no-section'" in refused(plugin(admin_sections=[section], permissions=declared))


def test_a_missing_requirement_stops_the_start():
    module = plugin()
    module.PLUGIN = Plugin(name="broken", title="Broken", requires=("commenst",))
    assert "requires 'commenst'" in refused(module)


def test_a_plugin_that_is_not_installed_stops_the_start(tmp_path):
    with pytest.raises(manager.PluginError, match=r"'absent' is not installed.*Installed: "):
        create_app(Config(data_dir=tmp_path, plugins=("absent",)))


def test_safe_mode_starts_without_them(tmp_path):
    app = create_app(Config(data_dir=tmp_path, plugins=("absent",), safe_mode=True))
    assert state_of(app).part(Registry).has("articles")


def test_a_broken_slot_draws_nothing_and_is_counted(app, monkeypatch):
    def fail():
        raise ValueError

    def draw():
        made_of("x")
        return {"message": "drawn"}

    broken = host_figures().slots[0]
    table = SlotTable(
        [
            Slot("footer", broken, fail, order=1),
            Slot("footer", "cart/refused.html", draw, order=2),
        ]
    )
    counter = f"slot:{broken}:failed"
    before = host_figures().sums()[counter]
    with app.test_request_context():
        assert "drawn" in table.draw("footer")
    assert host_figures().sums()[counter] == before + 1
    monkeypatch.setattr(app, "debug", True)
    with app.test_request_context():
        assert f"{broken} failed at footer" in table.draw("footer")


def test_a_menu_that_fails_leaves_the_page(app, client, monkeypatch):
    broken = [*registry().navigation, NavigationItem("primary", "Nowhere", "no.such.endpoint")]
    monkeypatch.setattr(registry(), "navigation", broken)
    assert client.get("/contact?again").status_code == 200


def installed(folder: Path) -> dict[str, str]:
    """Install the example plugin into a folder of its own; the environment in which `shop` finds it, and a site."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"),
            *("--no-index", "--target", str(folder / "site"), str(EXAMPLE)),
        ],
        check=True,
    )
    data_folders.made("sqlite", folder / "data")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")]),
        "SHOP_DATA_DIR": str(folder / "data"),
        "SHOP_PLUGINS": "marginalia",
    }


def shop(environment, *arguments):
    command = [str(Path(sys.executable).parent / "shop"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_installed_plugin_lives_and_leaves_without_a_trace(tmp_path):
    environment = installed(tmp_path)
    assert "marginalia: up to date" in shop(environment, "db", "upgrade").stdout
    notes = tmp_path / "notes.txt"
    notes.write_text("Read this twice.\n" + "x" * 300 + "\n", encoding="utf-8")
    told = shop(environment, "import", "notes", str(notes), "--skip", "1").stdout
    assert "line 2: too long" in told
    assert "imported 0" in told
    after = shop({**environment, "SHOP_PLUGINS": ""}, "db", "upgrade")
    assert (after.returncode, after.stdout) == (0, "shop: up to date\n"), after.stderr
