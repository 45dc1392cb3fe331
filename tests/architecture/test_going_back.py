"""An upgrade can be taken back: the version before runs on the tables of the one after, where those only add."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import text

from shop.core import jobs
from shop.core.jobs import JobKind, running
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.installed import migrations
from tests.factories.orders import make_order, make_variant

ROOT = Path(__file__).parents[2]
TAKES_AWAY = {"drop_table", "drop_column", "alter_column", "rename_table", "drop_constraint"}


@pytest.fixture
def newer(app):
    """Tables of a version after this one, which suit versions from `oldest` on."""
    head = migrations.oldest_suited()
    was = migrations.revisions()["shop"]

    def upgrade(oldest):
        with unit_of_work():
            db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
            db.session.execute(text("DELETE FROM schema_support"))
            db.session.execute(
                text("INSERT INTO schema_support VALUES (1, :oldest)"), {"oldest": oldest or head}
            )

    with unit_of_work():
        db.session.execute(
            text("ALTER TABLE job ADD COLUMN mood VARCHAR(9) DEFAULT 'calm' NOT NULL")
        )
        db.session.execute(text("CREATE TABLE later (id INTEGER PRIMARY KEY)"))
    yield upgrade
    with unit_of_work():
        db.session.execute(text("ALTER TABLE job DROP COLUMN mood"))
        db.session.execute(text("DROP TABLE later"))
        db.session.execute(text("UPDATE alembic_version SET version_num = :was"), {"was": was})


def test_this_version_runs_on_newer_tables_that_say_they_suit_it(app, newer, monkeypatch):
    newer(oldest=None)
    assert migrations.is_current()
    assert "newer version" in migrations.upgrade_all()[0]
    done = []
    monkeypatch.setitem(jobs.job_registry().kinds, "test", JobKind("test", done.append))
    with unit_of_work():
        jobs.enqueue("test")
    running.run_due()
    assert done
    assert make_order((make_variant(stock=1), 1)).id


def test_this_version_does_not_start_on_newer_tables_that_lack_something(app, newer):
    newer(oldest="9998")
    assert not migrations.is_current()


def test_an_additive_migration_takes_nothing_away():
    wrong = []
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if "is_additive = True" not in path.read_text(encoding="utf-8"):
            continue
        upgrade = next(
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
        )
        for node in ast.walk(upgrade):
            if isinstance(node, ast.Attribute) and node.attr in TAKES_AWAY:
                wrong.append(f"{path.name}: {node.attr}")
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_column":
                column = ast.unparse(node.args[-1])
                if "server_default" not in column and "nullable=True" not in column:
                    wrong.append(f"{path.name}: {column}")
    assert wrong == []
