"""The way out over SMTP: one connection for many mails, a new one when it is gone, final refusals told apart."""

from __future__ import annotations

import smtplib
from email.generator import BytesGenerator
from email.message import EmailMessage

import pytest

from shop.core import mail
from shop.core.mail.messages import as_message
from shop.core.mail.transports import (
    AFTER_DATA_SECONDS,
    TIMEOUT_SECONDS,
    NoEncryption,
    RefusedByServer,
    SmtpTransport,
)
from shop.core.unit_of_work import unit_of_work
from tests import controls, servers

WORDS = {"name": "Ruth", "email": "ruth@example.org", "body": "It held."}


@pytest.fixture
def sink():
    with servers.smtp_sink() as sink:
        yield sink


@pytest.fixture
def transport(sink):
    transport = SmtpTransport(sink.url)
    yield transport
    transport.rest()


@pytest.fixture
def opened(monkeypatch):
    """How many connections were opened."""
    connections = []
    connect = smtplib.SMTP.connect

    def counted(self, *arguments, **values):
        connections.append(self)
        return connect(self, *arguments, **values)

    monkeypatch.setattr(smtplib.SMTP, "connect", counted)
    return connections


def letter(to="ruth@example.org"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.org", to, "This month"
    message.set_content("It held.")
    return message


def test_mails_share_a_connection_until_the_jobs_rest(sink, transport, opened):
    for _ in range(3):
        transport.send(letter())
    assert len(opened) == 1
    transport.rest()
    transport.send(letter())
    assert len(opened) == 2
    assert len(sink.deliveries) == 4


def test_a_server_that_hung_up_meanwhile_costs_no_mail(sink, transport, opened):
    transport.send(letter())
    opened[0].sock.close()
    transport.send(letter())
    assert len(sink.deliveries) == 2


def test_a_mail_is_written_out_once_and_the_server_is_asked_nothing_before(
    app, outbox, sink, transport, monkeypatch
):
    with unit_of_work():
        message = as_message(mail.queue("contact-message", "ruth@example.org", {"message": WORDS}))
    transport.send(message)
    asked, written = [], []
    flatten = BytesGenerator.flatten
    monkeypatch.setattr(smtplib.SMTP, "noop", lambda _self: asked.append(1))
    monkeypatch.setattr(
        BytesGenerator, "flatten", lambda *given, **more: written.append(flatten(*given, **more))
    )
    transport.send(message)
    assert (asked, written, len(sink.deliveries)) == ([], [], 2)
    assert {str(each.message["Message-ID"]) for each in sink.deliveries} == {message["Message-ID"]}


def test_no_connection_carries_more_than_a_hundred(sink, transport, opened, monkeypatch):
    monkeypatch.setattr("shop.core.mail.transports.MAILS_A_CONNECTION", 2)
    for _ in range(3):
        transport.send(letter())
    assert len(opened) == 2


def test_a_server_may_think_about_a_mail_that_it_has(sink, transport, opened, monkeypatch):
    """Longer than about anything else: whoever gives up meanwhile sends the mail twice."""
    take, waited_for = sink.handle_DATA, []

    async def thinking(*told):
        waited_for.append(opened[0].sock.gettimeout())
        return await take(*told)

    monkeypatch.setattr(sink, "handle_DATA", thinking)
    transport.send(letter())
    assert waited_for == [AFTER_DATA_SECONDS]
    assert opened[0].sock.gettimeout() == TIMEOUT_SECONDS < AFTER_DATA_SECONDS


def test_a_final_no_is_final_and_the_next_one_goes_out(sink, transport):
    sink.refusals["gone@example.org"] = "550 No such user"
    with pytest.raises(RefusedByServer, match="550 No such user"):
        transport.send(letter("gone@example.org"))
    transport.send(letter())
    assert len(sink.deliveries) == 1


def test_not_now_is_raised_as_it_is_so_that_the_job_tries_again(sink, transport):
    sink.refusals["busy@example.org"] = "451 Come back later"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        transport.send(letter("busy@example.org"))


@pytest.fixture
def passwords(monkeypatch):
    """The passwords that were sent."""
    sent = []
    monkeypatch.setattr(smtplib.SMTP, "login", lambda _self, _user, password: sent.append(password))
    return sent


@pytest.fixture
def with_password(sink):
    transport = SmtpTransport(sink.url.replace("smtp://", "smtp://me:hush@"))
    yield transport
    transport.rest()


def test_a_password_never_crosses_the_net_in_plain_text(sink, with_password, passwords):
    """The sink offers no STARTTLS, as after somebody on the way has taken the offer out."""
    with pytest.raises(NoEncryption):
        with_password.send(letter())
    assert (passwords, sink.deliveries) == ([], [])


def test_control_a_password_in_plain_text(sink, with_password, passwords):
    with controls.without("no password in plain text"):
        with_password.send(letter())
    assert passwords == ["hush"]
