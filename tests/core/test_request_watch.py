"""Each request has an id that leads from the proxy to the log and the error page; its figures are counted."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from shop.core.jobs import Job, enqueue
from shop.core.observing import request_watch
from shop.core.observing.figures import host_figures
from shop.core.observing.request_watch import HEADER, RequestWatch
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account
from tests.factories.articles import make_article

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # no database takes part
FROM_FRONT = {"X-Request-ID": "from-the-front-1"}


@pytest.fixture
def watch(app, monkeypatch):
    """The outermost layer, whose settings a test may change."""
    found = app.wsgi_app
    assert isinstance(found, RequestWatch)
    return lambda **values: [
        monkeypatch.setattr(found, f"_{name}", value) for name, value in values.items()
    ]


def test_every_answer_has_an_id_of_its_own_a_kept_page_too(client):
    make_article(slug="one")
    answers = [client.get("/articles/one") for _ in range(2)] + [client.get("/nothing")]
    assert len({answer.headers["X-Request-ID"] for answer in answers}) == 3


def test_a_plain_question_is_answered_and_noted_as_one_with_a_cookie(client, watch, capsys):
    make_article(slug="one")
    client.get("/articles/one")
    watch(writes_lines=True)
    answers, lines = [], []
    for headers in ({}, {"Cookie": "theme=dark"}):
        client.get("/articles/one", headers=headers)
        answers.append(client.get("/articles/one", headers=headers))
        lines.append(json.loads(capsys.readouterr().err.splitlines()[-1]))
    assert answers[0].data == answers[1].data
    assert _but_the_id(answers[0].headers) == _but_the_id(answers[1].headers)
    assert {(line["page"], line["way"], line["status"], line["bytes"]) for line in lines} == {
        ("articles.show", "kept", 200, len(answers[0].data))
    }
    assert [line["request"] for line in lines] == [each.headers[HEADER] for each in answers]


def _but_the_id(headers):
    return {name: value for name, value in headers.items() if name != HEADER}


def test_the_id_of_a_front_is_taken_where_a_front_is_trusted(client, watch):
    assert client.get("/healthz", headers=FROM_FRONT).headers["X-Request-ID"] != "from-the-front-1"
    watch(trusts_front=True)
    assert client.get("/healthz", headers=FROM_FRONT).headers["X-Request-ID"] == "from-the-front-1"
    for forged in ("short", "x" * 65, "a b c d e f g h", "<script>"):
        given = client.get("/healthz", headers={"X-Request-ID": forged}).headers["X-Request-ID"]
        assert given != forged


def test_an_error_s_page_and_its_line_in_the_log_have_the_same_id(app, client, monkeypatch, capsys):
    def fail():
        raise ValueError

    monkeypatch.setitem(app.view_functions, "health.alive", fail)
    answer = client.get("/healthz")
    assert answer.status_code == 500
    given = answer.headers["X-Request-ID"]
    assert f"mention the number {given}" in answer.text
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["request"] for line in lines if line["event"] == "request.failed"] == [given]


def test_a_line_for_each_request_names_its_page_and_not_its_address(client, watch, capsys):
    watch(writes_lines=True)
    answer = client.get("/downloads/a-token-that-opens-something")
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["request"] == answer.headers["X-Request-ID"]
    assert (line["method"], line["page"], line["status"]) == ("GET", "downloads.serve", 404)
    assert "opens-something" not in json.dumps(line)
    assert line["ms"] >= 0
    assert line["bytes"] == len(answer.data)


def test_requests_are_counted_by_page_status_and_duration(client):
    def counted():
        sums = host_figures().sums()
        pages = ["contact.write", "contact.send"]
        by_status = {status: count for _, status, count in request_watch.classes(sums, pages)}
        every = [buckets[-1][1] for _, buckets, _ in request_watch.durations(sums, pages)]
        ways = [sums[f"way:{way}"] for way in ("made", "kept")]
        return by_status.get("2xx", 0), by_status.get("4xx", 0), sum(every), sums["busy"], *ways

    before = counted()
    client.post("/contact", data={})
    client.get("/contact")
    client.get("/contact")  # kept, and known by its address
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [2, 1, 3, 0, 2, 1]


def test_jobs_and_emails_of_a_request_have_its_number_and_are_counted(client, outbox, run_jobs):
    make_account("owner")
    run_jobs()
    outbox.messages.clear()
    form = {"name": "Ruth", "email": "ruth@example.org", "message": "A question about the guides."}
    given = client.post("/contact", data=form).headers["X-Request-ID"]
    waiting = select(Job.request_id).where(Job.state == "waiting")
    assert given in db.session.scalars(waiting).all()

    def runs():
        sums = host_figures().sums()
        return sums["job:mail.send:done"]

    before = runs()
    run_jobs()
    assert len(outbox.messages) == 1
    assert {message["X-Request-ID"] for message in outbox.messages} == {given}
    assert runs() == before + len(outbox.messages)
    with unit_of_work():
        enqueue("mail.send", {"mail_id": 0})
    assert db.session.scalars(select(Job.request_id).order_by(Job.id.desc())).first() is None
