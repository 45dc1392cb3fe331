"""What is said in the log is said to whoever listens at that moment."""

from __future__ import annotations

import io
import json
import os
import sys

import pytest
import structlog
from sqlalchemy import text

from shop.core.database.breaker import Breaker
from shop.core.observing import logs, standard_error
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.guard.health import HookHealth, health_book
from tests.factories.accounts import PASSWORD, make_account, sign_in

log = structlog.get_logger("test")


def listen(monkeypatch):
    """Begin to listen; returns what gives the lines that were said since."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    logs.install(debug=False)
    return lambda: [json.loads(line) for line in said.getvalue().splitlines()]


def test_a_listener_who_has_gone_takes_no_line_with_him(monkeypatch):
    gone, present = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    logs.install(debug=False)
    gone.close()
    monkeypatch.setattr(sys, "stderr", present)
    log.warning("something.happened", number=1)
    said = json.loads(present.getvalue())
    assert (said["event"], said["number"], said["level"]) == ("something.happened", 1, "warning")


def test_a_pipe_that_nobody_reads_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(standard_error, "TAKES_WITHIN", 0.001)
    monkeypatch.setattr(standard_error.standard_error, "_breaker", Breaker(pause=0))
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "w", encoding="utf-8") as jammed:
        monkeypatch.setattr(sys, "stderr", jammed)
        logs.install(debug=False)
        for number in range(100):
            log.warning("something.happened", number=number, said="a" * 5_000)
        os.set_blocking(reading, False)
        taken = reader.read().count(b"something.happened")
        assert 0 < taken < 100
        log.warning("something.else")
        lost, after = reader.read().splitlines()
    assert json.loads(lost)["event"] == "log.lines_lost"
    assert 100 - taken <= json.loads(lost)["lines"] <= 101 - taken
    assert json.loads(after)["event"] == "something.else"


def test_a_traceback_holds_no_values(monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    logs.install(debug=False)

    def fail(secret):
        raise ValueError("no")

    try:
        fail("hush" + "hush")
    except ValueError:
        log.exception("it.failed")
    assert "ValueError: no" in said.getvalue()
    assert "hushhush" not in said.getvalue()


def test_whoever_is_kept_out_is_noted(client, monkeypatch):
    lines = listen(monkeypatch)
    editor = make_account("editor")
    client.post("/contact", headers={"Sec-Fetch-Site": "cross-site"})
    sign_in(client, editor)
    client.get("/admin/users/")
    client.get("/contact")
    foreign, forbidden = (line for line in lines() if line["event"] == "request.refused")
    assert (foreign["status"], foreign["page"], foreign["method"]) == (403, "contact.send", "POST")
    assert (forbidden["page"], forbidden["account"]) == ("admin.users.index", editor.id)
    assert "account" not in foreign
    assert foreign["visitor"] == forbidden["visitor"]


def test_each_check_of_a_password_is_noted_and_no_secret_with_it(client, outbox, monkeypatch):
    lines = listen(monkeypatch)
    account = make_account()
    client.post("/account/sign-in", data={"email": account.email, "password": "a guess of mine"})
    sign_in(client, account)
    new = "quiet boats by the willow"
    client.post("/account/password", data={"current": PASSWORD, "password": new})
    client.post("/account/sign-out")
    said = lines()
    assert [line["event"] for line in said] == [
        "password.wrong",
        "account.sign_in_refused",
        "account.signed_in",
        "account.signed_in",
        "account.password_changed",
        "account.signed_out",
    ]
    assert all(line["timestamp"].endswith("Z") and line["visitor"] for line in said)
    assert [line.get("account") for line in said] == [None, None, *[account.id] * 4]
    for secret in (account.email, PASSWORD, new, "a guess of mine", "127.0.0.1"):
        assert secret not in repr(said)


def test_what_one_request_left_does_not_speak_for_the_next(app):
    logs.name_person(7)
    with app.test_request_context("/contact"):
        app.preprocess_request()
        assert "account" not in structlog.contextvars.get_contextvars()


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit("mine")])
def test_what_no_error_handler_hears_of_is_a_failure_like_others(app, client, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setitem(app.view_functions, "accounts.sign_in", fail)
    lines = listen(monkeypatch)
    answer = client.get("/account/sign-in")
    [line] = lines()
    assert (answer.status_code, line["event"]) == (500, "request.failed")
    assert "Something went wrong" in answer.text


def test_a_statement_that_can_not_be_read_is_no_database_that_is_away(app, client, monkeypatch):
    def fail():
        db.session.execute(text("SELECT 1 FROM no_such_table"))

    monkeypatch.setitem(app.view_functions, "accounts.sign_in", fail)
    lines = listen(monkeypatch)
    assert client.get("/account/sign-in").status_code == 500
    assert [line["event"] for line in lines()] == ["request.failed"]


def test_a_page_of_a_plugin_that_fails_is_counted_as_its_own(app, client, monkeypatch):
    def fail():
        raise RuntimeError("the innards")

    monkeypatch.setattr(registry().owners, "third_parties", {"accounts"})
    monkeypatch.setitem(app.view_functions, "accounts.sign_in", fail)
    lines = listen(monkeypatch)
    assert client.get("/account/sign-in").status_code == 500
    assert [line["plugin"] for line in lines()] == ["accounts"]
    health_book().write()
    counted = db.session.get_one(HookHealth, ("accounts", "pages", "accounts.sign_in"))
    assert counted.last_words == "RuntimeError: the innards"


def test_a_failure_is_noted_and_the_visitor_learns_nothing_of_it(app, client, monkeypatch):
    def fail():
        raise RuntimeError("the innards")

    monkeypatch.setitem(app.view_functions, "accounts.sign_in", fail)
    lines = listen(monkeypatch)
    answer = client.get("/account/sign-in")
    [line] = lines()
    assert (answer.status_code, line["event"]) == (500, "request.failed")
    assert "RuntimeError: the innards" in line["exception"]
    assert "innards" not in answer.text
    assert "Traceback" not in answer.text


def test_a_line_break_in_a_value_makes_no_second_line(monkeypatch):
    lines = listen(monkeypatch)
    log.warning("it.happened", name='a\n{"event": "forged"}\x1b[31m')
    assert [line["event"] for line in lines()] == ["it.happened"]
