"""A database that stands still ends requests soon, and is then left alone for a moment."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shop.core.database import breaker, patience
from shop.core.database.breaker import Breaker
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
