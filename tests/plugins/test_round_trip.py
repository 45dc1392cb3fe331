"""The life of a plugin on one site: install, upgrade, use, uninstall, upgrade of the site, reinstall, purge."""

from __future__ import annotations

import json
import zipfile
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, select, table, text

from shop.app import create_app
from shop.blueprints.admin.sections.plugins import PURGED
from shop.config import Config
from shop.core import clock, settings
from shop.core.jobs import Job, enqueue, running
from shop.core.settings import SettingRow
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from shop.plugin_tools.cli import plugin_commands
from shop.plugins.guard.health import AskedHost, HookHealth, SwitchedOffPlugin, health_book
from shop.plugins.installed import migrations
from shop.plugins.installed.known import KnownPlugin
from shop.plugins.moderation import moderated
from tests import data_folders
from tests.conftest import FreshClient
from tests.factories.accounts import make_account, sign_in
from tests.plugins import packages

PLUGIN = """
from dataclasses import dataclass
from pathlib import Path
from flask import Blueprint
from sqlalchemy import text
from shop.plugins.api import (
    JobKind, Plugin, Slot, Unreachable, db, fetch, hookimpl, made_of, public_page, purge, setting, unit_of_work,
)


@dataclass(frozen=True, slots=True)
class Settings:
    greeting: str = setting("Welcome", "Greeting")


PLUGIN = Plugin(name="guests", title="Guests", settings=Settings)
bp = Blueprint("guests", __name__, template_folder="templates")


@bp.get("/guests")
def index():
    public_page("guests")
    return ", ".join(db.session.scalars(text("SELECT name FROM plugin_guests_guest")))


@bp.post("/guests/<name>")
def come(name):
    with unit_of_work():
        db.session.execute(text("INSERT INTO plugin_guests_guest (name) VALUES (:name)"), {"name": name})
        purge("guests")
    return name


def ask(_payload):
    try:
        fetch("http://localhost/guests")
    except Unreachable:
        pass


def newest():
    made_of("guests")
    return {"message": db.session.scalar(text("SELECT max(name) FROM plugin_guests_guest"))}


@hookimpl
def blueprints():
    yield bp


@hookimpl
def migrations():
    yield Path(__file__).parent / "versions"


@hookimpl
def job_kinds():
    yield JobKind("guests.ask", ask, in_transaction=False)


@hookimpl
def slots():
    yield Slot("footer", "guests/newest.html", newest)
"""
FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "guests_0001", None


def upgrade():
    op.create_table(
        "plugin_guests_guest",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("mood", sa.Enum("glad", "sad", name="plugin_guests_mood")),
    )


def downgrade():
    op.drop_table("plugin_guests_guest")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "guests_0002", "guests_0001"


def upgrade():
    op.create_table(
        "plugin_guests_visit",
        sa.Column("name", sa.String(80), sa.ForeignKey("plugin_guests_guest.name"), primary_key=True),
    )
    op.execute("INSERT INTO plugin_guests_visit SELECT name FROM plugin_guests_guest")


def downgrade():
    op.drop_table("plugin_guests_visit")
"""

OWNER = SimpleNamespace(email="owner@example.org")


class House:
    """A site in one folder with one database, started again and again."""

    def __init__(self, backend, folder, patch):
        self.folder, self.patch, self.code = folder / "site", patch, folder / "code"
        self.url = data_folders.made(backend, self.folder)

    def install(self, version):
        files = {
            "plugin.py": PLUGIN,
            "versions/0001_guests.py": FIRST,
            "templates/guests/newest.html": "{{ message }}",
        }
        if version == "2.0.0":
            files["versions/0002_visits.py"] = SECOND
        packages.write(self.code / "bookstall_guests", files)
        packages.install(self.patch, self.code, "guests", version)

    def uninstall(self):
        packages.uninstall(self.patch, self.code, "guests")

    @contextmanager
    def started(self, *plugins):
        """The site and a visitor of it, once its tables are up to date."""
        limiter.enabled = True  # else it would not bind to another application
        site = create_app(
            Config(
                data_dir=self.folder,
                database_url=self.url,
                base_url="http://localhost",
                secret_key="a key for tests only",
                plugins=plugins,
            )
        )
        limiter.enabled = False
        site.testing, site.test_client_class = True, FreshClient
        with site.app_context():
            migrations.upgrade_all()
            assert migrations.is_current()
            yield site, site.test_client()
            db.session.remove()
            db.engine.dispose()


def shop(*arguments, given=""):
    ran = CliRunner().invoke(plugin_commands, list(arguments), input=given)
    db.session.rollback()
    return ran


def tables_that_tell_of(word):
    """The names of the tables in which this occurs, in whatever column; the index of the search has rows beside it."""
    found = set()
    for name in inspect(db.engine).get_table_names():
        if not name.startswith("search_index"):
            rows = db.session.execute(select(text("*")).select_from(table(name)))
            found |= {name for row in rows if word in str(row)}
    return found


def works(visitor):
    return [visitor.get(page).status_code for page in ("/", "/contact", "/shop/", "/cart")] == [
        200
    ] * 4


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_plugin_comes_changes_goes_returns_and_leaves_no_trace(backend, tmp_path, monkeypatch):
    house = House(backend, tmp_path, monkeypatch)
    with house.started() as (site, visitor):
        before = set(inspect(db.engine).get_table_names())
        make_account("owner", email="owner@example.org")
        assert works(visitor)

    house.install("1.0.0")
    with house.started("guests") as (site, visitor):
        visitor.post("/guests/ruth")
        with unit_of_work():
            settings.change(settings.registered()["guests"], {"greeting": "Good morning"})
            enqueue("guests.ask")
            enqueue("guests.ask", unique_key="later", run_at=clock.now() + timedelta(days=9))
        running.run_due(50)
        health_book().write()
        assert works(visitor)
        assert "ruth" in visitor.get("/contact").text
        assert (
            "guests 1.0.0: on\n  gives blueprints, slots, migrations, job_kinds\n  asks localhost\n"
            in shop("status").output
        )

    house.uninstall()
    house.install("2.0.0")
    with house.started("guests") as (site, visitor):
        assert visitor.get("/guests").text == "ruth"
        assert db.session.scalars(text("SELECT name FROM plugin_guests_visit")).all() == ["ruth"]
        assert shop("disable", "guests").exit_code == 0
        assert visitor.get("/guests").status_code == 404
        assert works(visitor)
        assert "guests is on" in shop("enable", "guests").output
        assert visitor.get("/guests").text == "ruth"

    house.uninstall()
    with house.started() as (site, visitor):  # upgrades the site, too
        assert works(visitor)
        assert visitor.get("/guests").status_code == 404
        assert "guests 2.0.0: not used any more." in shop("status").output
        page = sign_in(site.test_client(), OWNER).get("/admin/plugins/").text
        assert "Plugins that were here before" in page

    house.install("2.0.0")
    with house.started("guests") as (site, visitor):
        assert visitor.get("/guests").text == "ruth"
        staff = sign_in(site.test_client(), OWNER)
        assert staff.post("/admin/plugins/guests/purge").status_code == 422, "it is on"
        staff.post("/admin/plugins/guests/off")
        asked = staff.get("/admin/plugins/guests/purge").text
        assert "Delete what Guests keeps" in asked
        assert "plugin_guests_visit" in asked
        with unit_of_work():
            enqueue(moderated.JOB, {"table": "plugin_guests_visit", "id": 1})
            enqueue(moderated.JOB, {"table": "plugin_other_visit", "id": 1})
        assert staff.post("/admin/plugins/guests/purge").status_code == 303
        (file,) = (house.folder / PURGED).glob("*.zip")
        assert staff.get(f"/admin/plugins/purged/{file.name}").data == file.read_bytes()
        assert staff.get("/admin/plugins/purged/x.zip").status_code == 404
        assert works(visitor)
        left = select(Job.payload).where(Job.kind == moderated.JOB)
        assert [job["table"] for job in db.session.scalars(left)] == ["plugin_other_visit"]
        assert migrations.is_current(), "it starts all the same"
        with zipfile.ZipFile(file) as archive:
            rows = archive.read("tables/plugin_guests_guest.jsonl").splitlines()
            assert [json.loads(row)["name"] for row in rows] == ["ruth"]
            assert json.loads(archive.read("settings.json"))["guests"]["greeting"] == "Good morning"
        assert staff.post("/admin/plugins/guests/on").status_code == 422, "its tables are gone"
        assert shop("enable", "guests").exit_code == 0
        assert visitor.get("/guests").text == ""
        visitor.post("/guests/joan")

    house.uninstall()
    with house.started() as (site, visitor):
        target = tmp_path / "kept.zip"
        assert shop("purge", "guests", "--to", str(target), given="n\n").exit_code == 1
        assert not target.exists()
        done = shop("purge", "guests", "--to", str(target), "--yes")
        assert (done.exit_code, target.exists()) == (0, True), done.output
        assert set(inspect(db.engine).get_table_names()) == before
        for model in (KnownPlugin, SwitchedOffPlugin, AskedHost):
            assert db.session.scalars(select(model)).all() == []
        assert "guests" not in db.session.scalars(select(SettingRow.namespace)).all()
        assert not [kind for kind in db.session.scalars(select(Job.kind)) if "guests" in kind]
        assert "guests" not in db.session.scalars(select(HookHealth.plugin)).all()
        assert tables_that_tell_of("guests") <= {"activity_entry", "invalidation", "job"}
        kept = [
            path for path in house.folder.rglob("*") if path.is_file() and path.suffix != ".zip"
        ]
        files = [path for path in kept if not path.name.startswith("shop.sqlite3")]
        assert [path for path in files if b"guests" in path.read_bytes()] == []
        if backend == "postgresql":
            assert inspect(db.engine).get_enums() == []
        assert works(visitor)
        assert shop("purge", "guests", "--yes").exit_code == 1, "nothing is left"
