"""Everything inside happens, or nothing does."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shop.core import jobs, settings
from shop.core.jobs import Job
from shop.core.site import SiteSettings, site
from shop.core.unit_of_work import after_commit, board, purge, unit_of_work
from shop.extensions import db


def test_an_error_inside_leaves_nothing_behind(app):
    before = board().sequence
    with pytest.raises(RuntimeError), unit_of_work():
        settings.change(SiteSettings, {"name": "Elsewhere"})
        jobs.enqueue("mail.send", {"mail_id": 1})
        raise RuntimeError
    assert site().name == "Bookstall"
    assert db.session.scalars(select(Job)).all() == []
    assert board().sequence == before


def test_a_unit_inside_a_unit_joins_it(app):
    with pytest.raises(RuntimeError), unit_of_work():
        with unit_of_work():
            settings.change(SiteSettings, {"name": "Elsewhere"})
        raise RuntimeError
    assert site().name == "Bookstall"


def test_a_change_outside_a_unit_is_a_mistake(app):
    with pytest.raises(RuntimeError):
        purge("articles")
    with pytest.raises(RuntimeError):
        after_commit(lambda: None)
    db.session.add(settings.SettingRow(namespace="x", values={}, changed_at=None))
    with pytest.raises(RuntimeError), unit_of_work():
        pass
    db.session.rollback()


def test_what_was_read_before_is_read_again_inside(app):
    with unit_of_work():
        settings.change(SiteSettings, {"name": "One"})
    row = db.session.get(settings.SettingRow, "site")
    assert row.values["name"] == "One"
    with db.engine.connect() as other:
        other.exec_driver_sql('UPDATE setting SET "values" = \'{"name": "Two"}\'')
        other.commit()
    with unit_of_work():
        assert row.values["name"] == "Two"


def test_the_bell_rings_only_after_the_commit(app):
    rung = []
    with unit_of_work():
        after_commit(lambda: rung.append(1))
        assert rung == []
    assert rung == [1]
