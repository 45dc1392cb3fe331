"""What both databases promise alike."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from shop.core import jobs
from shop.core.database import rows_changed
from shop.core.jobs import Job
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db


def store(*kinds):
    with unit_of_work():
        for kind in kinds:
            jobs.enqueue(kind)


def claim(lease):
    """Take what nobody has taken yet."""
    with unit_of_work():
        return rows_changed(
            update(Job).where(Job.kind == "tea", Job.lease.is_(None)).values(lease=lease)
        )


def test_of_two_who_come_for_one_row_the_first_wins(app):
    store("tea", "milk")
    assert (claim("first"), claim("second")) == (1, 0)
    assert db.session.scalar(select(Job.lease).where(Job.kind == "tea")) == "first"


def test_all_rows_that_meet_a_condition_are_counted(app):
    store("tea", "milk", "sugar")
    with unit_of_work():
        assert rows_changed(delete(Job).where(Job.kind != "tea")) == 2
    assert db.session.scalars(select(Job.kind)).all() == ["tea"]
