"""The hosts of a site have one clock, the database server's, whatever their own say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from shop.core import clock, database, jobs
from shop.core.jobs import JobKind, running
from shop.core.secrets import tokens
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

DAY = timedelta(days=1)
on_postgresql = pytest.mark.parametrize("app", ["postgresql"], indirect=True)


@pytest.fixture
def host(app, monkeypatch):
    """Be another host of the site, whose own clock is so far ahead."""
    monkeypatch.setattr(clock, "_set_at", None)
    for name in ("ask_the_time", "keep_asking"):
        monkeypatch.setattr(database, name, getattr(database, name).__wrapped__)

    def become(ahead):
        clock._set_at = None
        travel = time_machine.travel(datetime.now(UTC) + ahead)
        raw = db.engine.raw_connection()
        try:
            with travel:
                database.ask_the_time(raw.driver_connection)
        finally:
            raw.close()
        return travel

    return become


@on_postgresql
def test_a_host_that_is_a_day_ahead_leaves_nothing_for_tomorrow(app, host, monkeypatch):
    done = []
    monkeypatch.setitem(jobs.job_registry().kinds, "test", JobKind("test", done.append))
    with host(DAY), unit_of_work():
        jobs.enqueue("test", {"order": 1})
    with host(-DAY):
        assert running.run_due() == 1
    assert done == [{"order": 1}]


@on_postgresql
def test_a_host_that_is_a_day_ahead_takes_no_lease_early(app, host, monkeypatch):
    monkeypatch.setitem(jobs.job_registry().kinds, "test", JobKind("test", lambda _payload: None))
    with host(timedelta()), unit_of_work():
        jobs.enqueue("test")
    with host(timedelta()):
        assert running.claim_jobs(tuple(jobs.Lane))
    with host(DAY):
        assert not running.claim_jobs(tuple(jobs.Lane))


@on_postgresql
def test_what_one_host_signs_another_takes(app, host):
    with host(DAY):
        token = tokens.sign("tests", 1)
    with host(-DAY):
        assert tokens.unsign("tests", token, max_age=60) == 1


@on_postgresql
def test_a_host_knows_how_far_its_own_clock_is_off(app, host):
    with host(DAY):
        assert clock.seconds_ahead() == pytest.approx(DAY.total_seconds(), abs=30)


@on_postgresql
def test_the_time_is_asked_for_again_after_a_while(app, host, monkeypatch):
    with host(timedelta()):
        timer = clock.timer
        wrong = clock.now() - DAY
        clock.set_to(wrong, asked_at=timer())
        monkeypatch.setattr(clock, "timer", lambda: timer() + database.ASK_EVERY + 1)
        raw = db.engine.raw_connection()
        database.keep_asking(raw.driver_connection)
        raw.close()
        assert clock.now() - wrong > DAY / 2


def test_an_answer_that_came_late_does_not_move_the_clock(monkeypatch):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "_set_at", None)
    monkeypatch.setattr(clock, "timer", lambda: 100.0)
    clock.set_to(at, asked_at=100.0)
    clock.set_to(at + DAY, asked_at=98.0)
    assert clock.now() == at
