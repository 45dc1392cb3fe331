"""Mail leaves by a plugin when `SHOP_SMTP_URL` names its scheme, and what goes wrong there loses no mail."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import select

from shop.blueprints.health import checks
from shop.blueprints.health.states import Unwell
from shop.config import Config, ConfigError
from shop.core import mail
from shop.core.app_state import app_state
from shop.core.jobs import Job, JobState, Lane, running
from shop.core.mail.models import Mail
from shop.core.mail.transports import AbsentTransport, FolderTransport
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import MailTransportKind, RefusedByServer
from shop.plugins.guard.health import HookHealth, health_book
from shop.plugins.manager import PluginError, Registry
from shop.plugins.starting.way_out import PluginTransport, StillUnderWay, transport_of

MESSAGE = SimpleNamespace(id=1, name="Ruth", email="ruth@example.org", body="Hello")


class Strange:
    """Answers each mail with the next of what it was given."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.taken = []

    def send(self, message: EmailMessage) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException):
            raise answer
        if answer is not None:
            answer()
        self.taken.append(message["To"])

    def rest(self) -> None:
        raise ValueError("no rest")


def opened(url):
    """A transport, if the address names a key."""
    if "@" not in url:
        raise ValueError("write courier://KEY@eu")
    return Strange()


KIND = MailTransportKind("courier", opened)


def told(url, tmp_path, **more):
    return Config(data_dir=tmp_path, secret_key="k" * 40, smtp_url=url, **more)


def known(kind=KIND):
    found = Registry(mail_transports=[kind])
    found.third_parties.add("marginalia")
    found.owners.note(kind, "marginalia")
    return found


def test_the_way_out_is_the_one_that_the_address_names(tmp_path):
    assert isinstance(transport_of(told("", tmp_path), known()), AbsentTransport)
    assert isinstance(transport_of(told("courier://K@eu", tmp_path), known()).transport, Strange)
    shouted = told(f"FILE://{tmp_path}", tmp_path)
    assert isinstance(transport_of(shouted, known()), FolderTransport)
    safe = told("courier://K@eu", tmp_path, safe_mode=True)
    assert isinstance(transport_of(safe, Registry()), AbsentTransport)


@pytest.mark.parametrize(
    ("opens", "error", "said"),
    [
        (opened, ConfigError, "SHOP_SMTP_URL: plugin 'marginalia' says: .*write courier://KEY"),
        (lambda _url: None, PluginError, "'marginalia': mail_transports: None has no send"),
        (lambda _url: 1 / 0, PluginError, "'marginalia': mail_transports failed"),
    ],
    ids=["wrong address", "nothing", "raises"],
)
def test_a_way_out_that_cant_be_made_stops_the_start(tmp_path, opens, error, said):
    with pytest.raises(error, match=said):
        transport_of(told("courier://eu", tmp_path), known(MailTransportKind("courier", opens)))
    with pytest.raises(ConfigError, match=r"no plugin of SHOP_PLUGINS brings courier://"):
        transport_of(told("courier://eu", tmp_path), Registry())


def _spoils():
    db.session.add(Mail(kind="x", recipient="x@example.org"))


def test_what_it_raises_or_leaves_behind_loses_no_mail(app, outbox, tmp_path):
    strange = Strange(RefusedByServer("no such person"), SystemExit(3), _spoils)
    kind = MailTransportKind("strange", lambda _url: strange)
    registry().owners.third_parties.add("marginalia")
    registry().owners.note(kind, "marginalia")
    app_state().mail.transport = transport_of(
        told("strange://x", tmp_path), Registry(mail_transports=[kind], owners=registry().owners)
    )
    app_state().jobs.at_rest.append(app_state().mail.transport.rest)
    with unit_of_work():
        for name in ("ann", "ben", "cleo", "dan"):
            mail.queue("contact-message", f"{name}@example.org", {"message": MESSAGE})
    running.run_due(lanes=[Lane.MAIL])
    assert strange.taken == ["cleo@example.org", "dan@example.org"]
    states = dict(db.session.execute(select(Mail.recipient, Mail.state)).all())
    assert states["ann@example.org"] == "refused"
    assert [name for name, state in states.items() if state == "waiting"] == ["ben@example.org"]
    assert db.session.query(Job).filter_by(state=JobState.DEAD).count() == 0
    health_book().write()
    assert db.session.query(HookHealth).filter_by(hook="mail_transports").count()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
        running.run_due(lanes=[Lane.MAIL])
    assert strange.taken == [f"{name}@example.org" for name in ("cleo", "dan", "ben")]


def test_a_mail_whose_call_hangs_is_not_handed_over_a_second_time(app, tmp_path):
    began, over = threading.Event(), threading.Event()
    way_out = transport_of(told("courier://K@eu", tmp_path), known())
    way_out.transport.answers = [lambda: began.set() or over.wait(10)]
    message = EmailMessage()
    message["To"], message["Message-ID"] = "ann@example.org", "<1@example.org>"

    def send():
        with app.app_context():
            way_out.send(message)

    first = threading.Thread(target=send)
    first.start()
    assert began.wait(10)
    with pytest.raises(StillUnderWay):
        send()  # its job was given up, and is tried again
    over.set()
    first.join()
    send()
    assert way_out.transport.taken == ["ann@example.org"]


def test_doctor_says_who_sends_mail_and_when_nobody_does(app, boot, monkeypatch, tmp_path):
    app_state().mail.transport = transport_of(told("courier://K@eu", tmp_path), known())
    assert checks._mail() == "sent by a plugin, as courier://"
    monkeypatch.setattr(PluginTransport, "is_off", True)
    with pytest.raises(Unwell, match="switched off"):
        checks._mail()
    boot(smtp_url="courier://K@eu")
    app_state().mail.transport = AbsentTransport()
    with pytest.raises(Unwell, match="safe mode"):
        checks._mail()
