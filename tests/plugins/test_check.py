"""`shop plugins check` sees a plugin through its whole life, and says in words what breaks the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from shop.plugin_tools import checks, databases, furnishing, table_rules
from shop.plugin_tools.cli import plugin_commands
from shop.plugin_tools.contract import Contract
from shop.plugin_tools.trial_site import OWNER, VISITOR
from tests import data_folders
from tests.factories import accounts  # noqa: F401 - its passwords cost nothing to check
from tests.plugins import packages

BROKEN = {
    "plugin.py": """
from datetime import timedelta
from pathlib import Path
from flask import Blueprint
from shop.core import clock
from shop.plugins.api import Periodic, PersonalData, Plugin, Slot, hookimpl

PLUGIN = Plugin(name="broken", title="Broken")
bp = Blueprint("broken", __name__, template_folder="templates")
FORM = '<form method="post"><input name="words" required></form><p style="color: red">Write.</p>'


def fail(*_given):
    raise ConnectionError("the other end is away")


@bp.get("/broken")
def index():
    return FORM


@bp.post("/broken")
def take():
    return "thank you"


@bp.get("/broken/<int:number>")
def show(number):
    return str(1 // (number - 1))


hookimpl(specname="blueprints")(blueprints := lambda: [bp])
hookimpl(specname="migrations")(migrations := lambda: [Path(__file__).parent / "versions"])
hookimpl(specname="slots")(slots := lambda: [Slot("footer", "broken/footer.html", fail)])
hookimpl(specname="personal_data")(
    personal_data := lambda: [PersonalData("broken", "Broken", fail, fail)]
)
hookimpl(specname="periodic_jobs")(
    periodic_jobs := lambda: [Periodic("broken.again", timedelta(hours=1), fail)]
)
""",
    "templates/broken/footer.html": "{% if %}",
    "versions/0001_things.py": """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "broken_0001", None


def upgrade():
    op.create_table("plugin_broken_thing", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table("thing", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("thing")
""",
}


class Report:
    """What was said of each rule."""

    def __init__(self):
        self.lines = []
        self.contract = Contract(self.lines.append)

    def problems(self):
        """What breaks each rule that is broken, by its words."""
        found, rule = {}, ""
        for line in self.lines:
            if line.startswith("  BROKEN"):
                rule = line.removeprefix("  BROKEN").partition(" (")[0].strip()
            elif line.startswith("    "):
                found.setdefault(rule, []).append(line.strip())
        return found


@pytest.fixture
def report():
    return Report()


def ground(backend, folder):
    return checks.Ground(backend, folder, data_folders.made(backend, folder))


def test_a_plugin_that_breaks_the_contract_is_told_each_rule(tmp_path, monkeypatch, report):
    few = ((VISITOR, "/contact"), (OWNER, "/admin/plugins/"))  # it is its own pages that break
    monkeypatch.setattr(furnishing, "_pages_of", lambda *_: few)
    code = tmp_path / "code"
    packages.write(code / "bookstall_broken", BROKEN)
    packages.install(monkeypatch, code, "broken")
    checks.check_plugin("broken", [ground("sqlite", tmp_path / "site")], report.contract)
    packages.uninstall(monkeypatch, code, "broken")
    away = "ConnectionError: the other end is away"
    assert report.problems() == {
        "It imports nothing of shop but the API": ["plugin.py, line 5: imports shop.core.clock"],
        "They are named after it": ["the table thing must be named plugin_broken_..."],
        "They are as its models say": ["the table plugin_broken_thing is of no model"],
        "Its migrations can be undone, and done again": [
            "the table plugin_broken_thing is left",
            "OperationalError: table plugin_broken_thing already exists",
        ],
        "Its templates can be read": [
            "broken/footer.html: TemplateSyntaxError: Expected an expression, got 'end of statement block'"
        ],
        "Every page answers whoever comes": [
            f"GET /broken/1 by {who}: 500, ZeroDivisionError: integer division or modulo by zero"
            for who in ("a visitor", "the owner", "a buyer")
        ],
        "Pages load nothing that browsers are told to refuse": ["/broken: <p style=...>"],
        "Forms refuse bad input": [
            "the form to /broken is taken without 'words', which it says is required; answer 422"
        ],
        "Its jobs are done": [f"periodic:broken.again: {away}"],
        "Personal data is handed out and erased": [
            f"broken of {email}: {away}"
            for email in ("owner@example.org", "buyer@example.org", "nobody@example.org")
        ],
        "Slots, menus, feeds and other parts are drawn": [
            f"slots footer broken/footer.html: {away}"
        ],
    }
    assert report.contract.broken == 11


def test_what_was_checked_is_printed_and_a_broken_rule_ends_with_1(tmp_path, monkeypatch):
    monkeypatch.setattr(databases, "PROGRAMS", "no_such_package")
    ran = CliRunner().invoke(plugin_commands, ["check", "nowhere"])
    assert ran.exit_code == 1
    assert "BROKEN It can be imported" in ran.output
    assert "'nowhere' is not installed" in ran.output
    assert "Rules that hold: 0. Rules that are broken: 1." in ran.output
    assert "PostgreSQL was not tried." in ran.output
    ran = CliRunner().invoke(plugin_commands, ["check", "x", "--postgresql", "mysql://x/y"])
    assert "Error: Name a PostgreSQL server" in ran.output


def test_a_server_is_started_for_a_trial_and_gone_afterwards():
    with databases.own_server() as server, databases.own_database(server) as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert "shop_check_" in connection.exec_driver_sql("SELECT current_database()").scalar()
        engine.dispose()
        folder = Path(make_url(server).query["host"])
        assert folder.exists()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            [("modify_type", None, "t", "order_id", {}, sa.BigInteger(), sa.Integer())],
            "t.order_id is BigInteger() in the migrations and Integer() in its model",
        ),
        (
            [("modify_nullable", None, "t", "words", {}, True, False)],
            "t.words may be empty in the migrations, and not in the model",
        ),
        (
            ("add_column", None, "t", sa.Column("words", sa.Text)),
            "the column t.words is made by no migration",
        ),
        (("remove_index", sa.Index("ix_t_words")), "the index ix_t_words is of no model"),
    ],
)
def test_a_table_that_is_unlike_its_model_is_told_in_words(found, said):
    assert table_rules.difference_in_words(found) == said
