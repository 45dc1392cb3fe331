"""A database that stands still ends requests soon, and is then left alone for a moment."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shop.blueprints.health import checks
from shop.blueprints.health.states import Unwell
from shop.core.database import breaker, patience, silence
from shop.core.database.breaker import Breaker
from shop.core.database.patient_connections import Door, PatientConnection
from shop.extensions import db


@pytest.fixture
def postgresql(applications):
    app = applications("postgresql")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_whoever_waits_in_vain_is_told_and_the_next_are_not_made_to_wait(postgresql, monkeypatch):
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.1)
    monkeypatch.setattr(breaker, "time", clock := Clock())
    with postgresql.test_request_context():
        with pytest.raises(OperationalError, match="did not answer within"):
            db.session.execute(text("SELECT pg_sleep(2)"))
        db.session.rollback()
        with pytest.raises(OperationalError, match="a moment ago"):
            db.session.execute(text("SELECT 1"))
        db.session.rollback()
        clock.now += breaker.PAUSE_SECONDS
        assert db.session.scalar(text("SELECT 1")) == 1


def test_a_server_that_owes_an_answer_is_known_at_once(postgresql, monkeypatch):
    owed, waits = [], psycopg.Connection.wait

    def wait(*given):
        owed.append(silence.postgresql.seconds > 0)
        return waits(*given)

    monkeypatch.setattr(psycopg.Connection, "wait", wait)
    db.session.execute(text("SELECT 1"))
    assert owed
    assert all(owed)
    assert silence.postgresql.seconds == 0


def test_after_a_failover_it_looks_anew_for_the_server_that_writes(postgresql):
    db.session.execute(text("SET default_transaction_read_only = on"))  # as a server that stands by
    db.session.commit()
    with pytest.raises(OperationalError, match="read-only transaction"):
        db.session.execute(text("DELETE FROM job"))
    db.session.rollback()
    assert db.session.scalar(text("SHOW default_transaction_read_only")) == "off"


def test_the_doctor_knows_a_server_that_only_reads(postgresql):
    (check,) = (each for each in checks.all_checks() if each.name == "changes to the database")
    assert check.check() == "are taken"
    db.engine.dispose()
    name = f'"{db.engine.url.database}"'
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        other.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            with pytest.raises(Unwell, match="only reads"):
                check.check()
        finally:
            other.exec_driver_sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")


def test_a_name_that_is_looked_up_in_vain_is_not_looked_up_by_everybody(monkeypatch):
    def look_up(*_told, **_named):
        raise psycopg.OperationalError("failed to resolve host")

    monkeypatch.setattr(PatientConnection, "connect", look_up)
    door = Door()
    for patient, refusal in ((3, "resolve host"), (0, "resolve host"), (0, "a moment ago")):
        monkeypatch.setattr(patience, "CONNECT_SECONDS", patient)
        with pytest.raises(psycopg.OperationalError, match=refusal):
            door.connect()


def test_a_migration_may_take_its_time(postgresql, monkeypatch):
    monkeypatch.setattr(patience, "JOB_SECONDS", 0.05)
    with patience.unhurried():
        assert db.session.scalar(text("SELECT 1 FROM pg_sleep(0.1)")) == 1


def test_after_a_pause_one_tries_and_its_answer_counts_for_all(monkeypatch):
    monkeypatch.setattr(breaker, "time", clock := Clock())
    silent = Breaker(pause=3)
    silent.failed()
    assert not silent.may_ask()
    clock.now += 3
    assert [silent.may_ask(), silent.may_ask()] == [True, False]
    silent.answered()
    assert silent.may_ask()


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now
