"""A row that is stored past the session's way is the session's all the same."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, select

from shop.core import activity, clock, jobs
from shop.core.activity import ActivityEntry
from shop.core.database.new_rows import store_now
from shop.core.jobs import Job, JobState
from shop.core.settings import SettingRow
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

pytestmark = pytest.mark.both_databases


def job(**values):
    return Job(**{"kind": "tea", "payload": {"milk": True}, "run_at": clock.now(), **values})


def test_it_is_there_at_once_with_what_its_columns_begin_with(app):
    with unit_of_work():
        row = job()
        store_now(row)
        assert db.session.get(Job, row.id) is row
        assert (row.state, row.lane, row.error) == (JobState.WAITING, jobs.Lane.USUAL, None)
    assert db.session.scalar(select(Job.payload)) == {"milk": True}


def test_what_is_changed_of_it_later_is_stored_too(app):
    with unit_of_work():
        row = job()
        store_now(row)
        row.attempts = 7
    assert db.session.scalar(select(Job.attempts)) == 7


def test_what_is_in_hand_comes_before_it(app):
    with unit_of_work():
        db.session.add(first := job())
        store_now(then := job())
    assert first.id < then.id


def test_a_failed_unit_leaves_nothing_of_it(app):
    with pytest.raises(ZeroDivisionError), unit_of_work():
        store_now(job())
        raise ZeroDivisionError
    assert db.session.scalars(select(Job)).all() == []


def test_the_log_of_who_does_what_names_it(app):
    activity.act(None, "tests.store")
    with unit_of_work():
        store_now(row := SettingRow(namespace="tea", values={}, changed_at=clock.now()))
        assert inspect(row).persistent
    [change] = db.session.scalars(select(ActivityEntry)).one().changes
    assert (change["did"], change["what"]) == ("added", "setting")
