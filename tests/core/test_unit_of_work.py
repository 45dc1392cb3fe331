"""Everything inside happens, or nothing does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from shop.core import jobs, mail, settings
from shop.core.database.patient_connections import PatientConnection
from shop.core.database.writers import LinedUpConnection
from shop.core.jobs import Job, job_registry
from shop.core.site import SiteSettings, site
from shop.core.unit_of_work import after_commit, board, purge, unit_of_work
from shop.extensions import db

MESSAGE = SimpleNamespace(id=1, name="Ruth", email="ruth@example.org", body="Hello")


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


@pytest.fixture
def let_go(app, monkeypatch):
    """What was told to the database about not waiting for its disk."""
    told = []
    begin, say = LinedUpConnection.begin_writing, PatientConnection.say_at_commit

    def begun(connection, **options):
        told.append(options["waits_for_disk"])
        begin(connection, **options)

    def said(connection, statement, values):
        if "synchronous_commit" in statement:
            told.append("off" not in statement)
        say(connection, statement, values)

    monkeypatch.setattr(LinedUpConnection, "begin_writing", begun)
    monkeypatch.setattr(PatientConnection, "say_at_commit", said)
    return lambda: False in told


@pytest.mark.parametrize("waits", [True, False])
def test_only_a_unit_that_says_so_does_not_wait_for_the_disk(let_go, waits):
    with unit_of_work(waits_for_disk=waits):
        settings.change(SiteSettings, {"name": "Elsewhere"})
    assert let_go() is not waits
    assert site().name == "Elsewhere"


def test_a_sent_mail_is_all_that_a_power_cut_may_undo(let_go, outbox, run_jobs):
    kinds = job_registry().kinds
    assert [name for name, kind in kinds.items() if not kind.waits_for_disk] == [mail.SEND_JOB]
    with unit_of_work():
        mail.queue("contact-message", "ruth@example.org", {"message": MESSAGE})
    assert not let_go()
    run_jobs()
    assert (let_go(), len(outbox.messages)) == (True, 1)
