"""The plugin of `docs/plugins.md`, made from the blocks of that page, keeps the contract and does what is said."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from shop import cli
from shop.app import create_app
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.models import Payment
from shop.config import Config
from shop.core import settings
from shop.core.jobs import running
from shop.core.mail.models import Mail
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from shop.plugin_tools import checks
from shop.plugin_tools.contract import Contract
from shop.plugins import api, hookspecs
from shop.plugins.starting import inspection
from tests import data_folders
from tests.architecture.test_documents import TUTORIAL, files_of
from tests.checkout.buying import check_out, put_in
from tests.conftest import FreshClient
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_variant
from tests.plugins import packages

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = (DOCS / "plugins.md").read_text(encoding="utf-8")
HOOKS = (DOCS / "HOOKS.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The package, as if pip had installed it, once: a table can't be declared twice in a process."""
    folder = packages.write(tmp_path_factory.mktemp("tutorial"), files_of(DOCUMENT)) / TUTORIAL
    with pytest.MonkeyPatch.context() as patch:
        packages.install(patch, folder, "postcards")
        yield folder
        packages.uninstall(patch, folder, "postcards")


def test_the_plugin_of_the_tutorial_keeps_the_contract(package, tmp_path):
    lines = []
    contract, folder = Contract(lines.append), tmp_path / "trial"
    ground = checks.Ground("PostgreSQL", folder, data_folders.made("postgresql", folder))
    checks.check_plugin("postcards", [ground], contract)
    assert [line for line in lines if line.startswith(("  BROKEN", "    "))] == []
    assert contract.kept == 1 + 18
    assert "  ok     Forms refuse bad input (1 forms)" in lines


def test_the_plugin_of_the_tutorial_does_what_is_said(package, tmp_path):
    folder = tmp_path / "site"
    limiter.enabled = True  # else it would not bind to another application
    site = create_app(
        Config(
            data_dir=folder,
            database_url=data_folders.made("sqlite", folder),
            base_url="http://localhost",
            secret_key="a key for tests only",
            plugins=("postcards",),
        )
    )
    limiter.enabled = False
    site.testing, site.test_client_class = True, FreshClient
    with site.app_context():
        from bookstall_postcards import payment, postcards

        ran = cli.commands(site)
        for group, name in re.findall(r"/shop (\w+) (\w+)", DOCUMENT):
            assert name in ran.commands[group].commands
        ran.commands["db"].commands["upgrade"].callback()
        visitor = site.test_client()
        tests = runpy.run_path(str(package / "tests" / "test_postcards.py"))
        tests["test_what_is_too_long_is_refused_beside_its_field"](visitor)
        tests["test_a_postcard_is_shown_on_its_page_and_in_the_footer"](visitor, running.run_due)
        assert runpy.run_path(str(package / "tests" / "conftest.py"))["pytest_plugins"]
        assert "Greetings!" in visitor.get("/contact").text, "the theme"
        mail = db.session.scalars(select(Mail).where(Mail.kind == "postcards-thanks")).one()
        assert "Good morning" in mail.text
        with unit_of_work():
            settings.change(postcards.PostcardSettings, {"unwanted": ("morning",)})
        refused = visitor.post("/postcards", data=tests["CARD"])
        assert "Please say it in other words." in refused.text

        put_in(visitor, make_variant())
        assert check_out(visitor, method="postal-order").status_code == 303
        order = db.session.scalars(select(Order)).one()
        reference = db.session.scalars(select(Payment.reference)).one()
        payment.has_come(reference, order.total_minor, order.currency)
        running.run_due(100)
        assert db.session.get(Order, order.id, populate_existing=True).is_paid

        editor = sign_in(site.test_client(), make_account("editor"))
        assert "Good morning" in editor.get("/admin/postcards/").text
        assert editor.post("/admin/postcards/1/removal").status_code == 303
        assert "Good morning" not in visitor.get("/contact").text
        db.session.remove()
        db.engine.dispose()


def test_each_kind_of_plugin_has_an_example():
    kinds = re.split("^## ", DOCUMENT, flags=re.MULTILINE)
    (table,) = [each for each in kinds if each.startswith("Each kind, and where")]
    hooks = {name for name, spec in vars(hookspecs).items() if hasattr(spec, "shop_spec")}
    assert set(re.findall("`([a-z_]+)`", table)) == hooks
    places = {"": anchors(DOCUMENT), "HOOKS.md": anchors(HOOKS)}
    shown = re.findall(r"\]\(([A-Z.a-z]*)#([a-z_-]+)\)", table)
    assert [(page, anchor) for page, anchor in shown if anchor not in places[page]] == []
    for page, anchor in shown:
        is_whole = page == "" or anchor in {"points-of-a-page", "public-events"}
        assert is_whole or "Example" in section_of(HOOKS, anchor), anchor


def anchors(document):
    """The headings of a page, as addresses name them."""
    headings = re.findall("^#+ (.+)$", document, re.MULTILINE)
    return {re.sub("[^a-z0-9_-]", "", each.lower().replace(" ", "-")) for each in headings}


def section_of(document, anchor):
    """What stands below the heading of this address."""
    parts = document.split("\n### ")
    return next(each for each in parts if each.lower().startswith(f"{anchor}\n"))


def test_the_pieces_that_the_page_shows_are_what_hooks_give(tmp_path):
    (tmp_path / "theme").mkdir()
    for name in ("hello.css", "hello.png"):
        (tmp_path / name).touch()
    known = {name: getattr(api, name) for name in api.__all__}
    known |= {"HERE": tmp_path, "Any": Any, "dataclass": dataclass}
    known |= {"Iterable": Iterable, "Mapping": Mapping, "Mapped": Mapped, "__name__": __name__}
    known["Model"] = (
        object  # a table would stay in the process, and the package of that name has it
    )
    for piece in re.findall(r"^```python\n(?!# )(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL):
        exec(compile(piece, "docs/plugins.md", "exec", dont_inherit=True), known)  # noqa: S102
    hooks = {name for name, spec in vars(hookspecs).items() if hasattr(spec, "shop_spec")}
    given = {name: [*known[name]()] for name in hooks & known.keys()}
    assert {"custom_fields", "assets", "structured_data", "themes"} <= given.keys()
    wrong = [inspection.wrong_with_item(name, item) for name in given for item in given[name]]
    assert not any(wrong), wrong
