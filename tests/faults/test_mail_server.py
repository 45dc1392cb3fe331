"""A mail server that says not now, is away, or does not answer: each mail goes out once when it is well again."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask

from shop.core import clock, mail
from shop.core.app_state import app_state
from shop.core.mail import transports
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls, servers

MESSAGE = SimpleNamespace(id=1, name="Ruth", email="ruth@example.org", body="Hello")


@contextlib.contextmanager
def greylisting() -> Iterator[str]:
    with servers.smtp_sink() as sink:
        sink.refusals["owner@example.org"] = "451 Greylisted, come back later"
        yield sink.url


@contextlib.contextmanager
def absence() -> Iterator[str]:
    yield f"smtp://127.0.0.1:{servers.free_port()}"


@contextlib.contextmanager
def silence() -> Iterator[str]:
    """The connection is taken, and no word follows."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}"


TROUBLES = pytest.mark.parametrize("trouble", [greylisting, absence, silence])


@controls.on_sqlite
@TROUBLES
def test_a_mail_server_in_trouble(
    app: Flask,
    outbox: object,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[], contextlib.AbstractContextManager[str]],
) -> None:
    monkeypatch.setattr(transports, "TIMEOUT_SECONDS", 0.1)
    with unit_of_work():
        mail.queue("contact-message", "owner@example.org", {"message": MESSAGE})
    with trouble() as url:
        work_for_an_hour(url, run_jobs)
    with servers.smtp_sink() as sink:
        work_for_an_hour(sink.url, run_jobs, begin=timedelta(hours=7))
    assert [each.recipients for each in sink.deliveries] == [("owner@example.org",)]
    assert [each.state for each in db.session.query(mail.Mail)] == ["sent"]


@controls.on_sqlite
@TROUBLES
def test_control_a_mail_server_in_trouble(
    app: Flask,
    outbox: object,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[], contextlib.AbstractContextManager[str]],
) -> None:
    with controls.failing_without("a no for now is none for good"):
        test_a_mail_server_in_trouble(app, outbox, run_jobs, monkeypatch, trouble)


def work_for_an_hour(url: str, run_jobs: Callable[[], int], begin: timedelta = timedelta()) -> None:
    transport = app_state().mail.transport = transports.SmtpTransport(url)
    began = clock.now() + begin
    for minutes in (0, 1, 10, 60):
        with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
            run_jobs()
    transport.rest()
