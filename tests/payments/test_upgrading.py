"""An upgrade that gives payments a feature of their own loses neither waiting work nor what the owner had said."""

from __future__ import annotations

import importlib.util
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select

from shop.core import clock, jobs
from shop.core.jobs import Job
from shop.core.settings import SettingRow
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

FILE = Path(__file__).parents[2] / "migrations" / "versions" / "0010_payments.py"


@pytest.fixture
def migration(app):
    """The migration's module."""
    spec = importlib.util.spec_from_file_location("payments_migration", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def migrating():
    """A unit of work in which the migration's functions work on this application's database."""
    with unit_of_work() as session:
        connection = session.connection()
        with Operations.context(MigrationContext.configure(connection)):
            yield


def kinds():
    return list(db.session.scalars(select(Job.kind).order_by(Job.id)))


def values():
    rows = db.session.execute(select(SettingRow.namespace, SettingRow.values)).all()
    return {namespace: said for namespace, said in rows if said}


def test_waiting_work_is_found_under_its_new_name_and_again_under_the_old_one(migration):
    with unit_of_work():
        for old in migration.KINDS:
            db.session.add(Job(kind=old, payload={}, run_at=clock.now()))
        db.session.add(Job(kind="mail", payload={}, run_at=clock.now()))
    with migrating():
        migration.upgrade()
        assert kinds() == [*migration.KINDS.values(), "mail"]
        assert set(migration.KINDS.values()) <= set(jobs.job_registry().kinds)
        migration.downgrade()
        assert kinds() == [*migration.KINDS, "mail"]


def test_what_the_owner_said_of_refused_cards_goes_along(migration):
    said = {"declines_an_hour": 2, "reservation_minutes": 40}
    with unit_of_work():
        db.session.add(SettingRow(namespace="checkout", values=said, changed_at=clock.now()))
    with migrating():
        migration.upgrade()
        assert values() == {
            "checkout": {"reservation_minutes": 40},
            "payments": {"declines_an_hour": 2},
        }
        migration.downgrade()
        assert values() == {"checkout": said}
