"""The owner decides about dead letters."""

from __future__ import annotations

import pytest

from shop.core import clock
from shop.core.jobs import Job, JobState
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in


@pytest.fixture
def owner(client):
    return sign_in(client, make_account("owner"))


def make_job(state: JobState, **values) -> int:
    job = Job(kind="tea.brew", payload={"cup": 1}, state=state, run_at=clock.now(), **values)
    with unit_of_work():
        db.session.add(job)
        db.session.flush()
        return job.id


def job(job_id: int) -> Job | None:
    db.session.expire_all()
    return db.session.get(Job, job_id)


def test_dead_letters_come_first_with_their_error(owner):
    make_job(JobState.DEAD, error="Traceback ...\nValueError: <b>cold</b> water\n", attempts=8)
    page = owner.get("/admin/jobs/").text
    assert "ValueError: &lt;b&gt;cold&lt;/b&gt; water" in page
    assert "tea.brew" in page


def test_jobs_are_listed_by_state(owner):
    make_job(JobState.WAITING)
    assert "tea.brew" in owner.get("/admin/jobs/?state=waiting").text
    assert "tea.brew" not in owner.get("/admin/jobs/").text
    assert "tea.brew" not in owner.get("/admin/jobs/?state=done").text
    assert owner.get("/admin/jobs/?state=lost").status_code == 404


def test_dead_letters_are_counted_on_the_rail(owner):
    make_job(JobState.DEAD)
    assert '<span class="count">1</span>' in owner.get("/admin/jobs/").text


def test_a_dead_letter_is_taken_up_again(owner):
    job_id = make_job(JobState.DEAD, attempts=8, finished_at=clock.now())
    assert owner.post(f"/admin/jobs/{job_id}/retry").location == f"/admin/jobs/{job_id}"
    again = job(job_id)
    assert (again.state, again.attempts, again.finished_at) == (JobState.WAITING, 0, None)


def test_a_dead_letter_is_deleted(owner):
    job_id = make_job(JobState.DEAD)
    assert owner.post(f"/admin/jobs/{job_id}/delete").status_code == 303
    assert job(job_id) is None


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.DONE])
def test_what_is_no_dead_letter_cant_be_deleted(owner, state):
    job_id = make_job(state)
    assert owner.post(f"/admin/jobs/{job_id}/delete").status_code == 422
    assert job(job_id)


def test_what_is_done_is_not_done_again(owner):
    job_id = make_job(JobState.DONE)
    assert owner.post(f"/admin/jobs/{job_id}/retry").status_code == 422
    assert job(job_id).state == JobState.DONE


@pytest.mark.parametrize("path", ["", "/retry", "/delete"])
def test_a_job_that_is_not_there(owner, path):
    method = "POST" if path else "GET"
    assert owner.open(f"/admin/jobs/9{path}", method=method).status_code == 404
