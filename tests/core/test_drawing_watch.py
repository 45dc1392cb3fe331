"""Jobs draw before their transaction: what every test looks after (`tests/drawing_watch.py`) is looked after here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from shop.blueprints.newsletter import services as newsletter
from shop.core import jobs, mail
from shop.core.jobs import JobKind, OutOfDate, job_registry, running
from shop.core.mail.models import Mail
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import drawing_watch

MESSAGE = {"name": "Ruth", "email": "ruth@example.org", "body": "Where is it?"}


@pytest.fixture
def known(app, monkeypatch):
    """Let the application know one more kind of job."""
    return lambda kind: monkeypatch.setitem(job_registry().kinds, kind.name, kind)


def test_control_a_job_that_is_moved_back_into_its_transaction_is_noticed(
    app, outbox, run_jobs, known
):
    for kind in list(job_registry().kinds.values()):
        if not kind.name.startswith("mail."):
            known(replace(kind, in_transaction=True))
    with unit_of_work():
        newsletter.subscribe(email="ruth@example.org", asked_on="/", address_key="")
    run_jobs()
    drawn = drawing_watch.taken_drawn()
    assert len(outbox.messages) == 1
    assert any("Template.render" in each and "see_to_sign_up" in each for each in drawn)


def test_what_does_not_fit_any_more_is_made_anew_at_once(app, outbox, run_jobs, known):
    versions = [1, 2, 2]

    def thank(_payload):
        made_of = versions.pop(0)
        queue_it = mail.prepare_mail("contact-message", "owner@example.org", {"message": MESSAGE})

        def write():
            queue_it()
            if versions[0] != made_of:
                raise OutOfDate

        return write

    known(JobKind("test.thank", thank, in_transaction=False))
    with unit_of_work():
        jobs.enqueue("test.thank")
    run_jobs()
    assert (len(versions), len(outbox.messages)) == (1, 1)


def test_a_job_that_never_fits_is_tried_later_and_leaves_nothing(app, outbox, known):
    def never():
        mail.queue("contact-message", "owner@example.org", {"message": MESSAGE})
        raise OutOfDate

    made = []
    known(JobKind("test.never", lambda _payload: made.append(1) or never, in_transaction=False))
    with unit_of_work():
        jobs.enqueue("test.never")
    assert running.run_due() == 0
    drawing_watch.taken_drawn()  # `never` draws inside, for the sake of brevity
    job = db.session.scalars(select(jobs.Job)).one()
    assert (len(made), job.state, job.attempts) == (3, jobs.JobState.WAITING, 1)
    assert db.session.scalars(select(Mail)).all() == []
