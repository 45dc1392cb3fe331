"""A mail server that says not now, is away, or does not answer: each mail goes out once when it is well again."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask

from shop.core import clock, jobs, mail
from shop.core.app_state import app_state
from shop.core.jobs.runner import EmbeddedRunner
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


class Speechless(servers.SmtpSink):
    """Takes a whole mail, and says nothing to it."""

    async def handle_DATA(self, *told):  # type: ignore[no-untyped-def]  # noqa: N802 - aiosmtpd's name
        await super().handle_DATA(*told)
        await asyncio.Event().wait()


@contextlib.contextmanager
def silence_after_a_mail() -> Iterator[str]:
    with servers.smtp_sink(Speechless()) as sink:
        yield sink.url


TROUBLES = pytest.mark.parametrize("trouble", [greylisting, absence, silence, silence_after_a_mail])


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
    monkeypatch.setattr(transports, "AFTER_DATA_SECONDS", 0.1)
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


@controls.on_sqlite
def test_a_server_that_is_silent_after_a_mail_gets_the_same_again(
    app: Flask, outbox: object, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the pauses of a job that failed, and under the number by which its reader's program knows it again."""
    monkeypatch.setattr(transports, "AFTER_DATA_SECONDS", 0.1)
    with unit_of_work():
        mail.queue("contact-message", "owner@example.org", {"message": MESSAGE})
    with servers.smtp_sink(Speechless()) as sink:
        work_for_an_hour(sink.url, run_jobs)
    numbers = [str(each.message["Message-ID"]) for each in sink.deliveries]
    assert (len(numbers), len(set(numbers))) == (4, 1)
    job = db.session.query(jobs.Job).one()
    assert (job.attempts, job.lease) == (4, None)
    assert job.error is not None
    assert "SMTPServerDisconnected" in job.error


@controls.on_sqlite
def test_nothing_else_waits_for_a_server_that_is_silent_after_a_mail(
    app: Flask, outbox: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = threading.Event()
    deliver = jobs.JobKind("deliver", lambda _payload: paid.set(), lane=jobs.Lane.MONEY)
    monkeypatch.setitem(jobs.job_registry().kinds, "deliver", deliver)
    runner = EmbeddedRunner(app, poll_seconds=0.02, tick_seconds=3600)
    with servers.smtp_sink(Speechless()) as sink:
        app_state().mail.transport = transports.SmtpTransport(sink.url)
        with unit_of_work():
            mail.queue("contact-message", "owner@example.org", {"message": MESSAGE})
        runner.start()
        sink.wait_for(1)
        with unit_of_work():
            jobs.enqueue("deliver")
        assert paid.wait(transports.AFTER_DATA_SECONDS / 2)
        assert [each.state for each in db.session.query(mail.Mail)] == ["waiting"]
    runner.stop()


def work_for_an_hour(url: str, run_jobs: Callable[[], int], begin: timedelta = timedelta()) -> None:
    transport = app_state().mail.transport = transports.SmtpTransport(url)
    began = clock.now() + begin
    for minutes in (0, 1, 10, 60):
        with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
            run_jobs()
    transport.rest()
