"""What is sealed is read again with our key and for its purpose, or not at all."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from shop.core import mail
from shop.core.errors import NotFound
from shop.core.mail.models import Mail, MailState
from shop.core.secrets.sealing import open_sealed, seal
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db


def test_what_is_sealed_is_hidden_and_comes_back(app):
    sealed = seal("tests", "a secret")
    assert "secret" not in sealed
    assert open_sealed("tests", sealed) == "a secret"
    assert seal("tests", "a secret") != sealed


def test_what_was_changed_or_sealed_otherwise_is_not_read(app, monkeypatch):
    sealed = seal("tests", "a secret")
    changed = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    for wrong, purpose in ((changed, "tests"), (sealed[:-8], "tests"), (sealed, "more")):
        with pytest.raises(NotFound):
            open_sealed(purpose, wrong)
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key")
    with pytest.raises(NotFound):
        open_sealed("tests", sealed)


def test_what_was_sealed_before_the_key_changed_is_read_while_that_key_is_listed(app, monkeypatch):
    sealed, former = seal("tests", "a secret"), app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key")
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [former])
    assert open_sealed("tests", sealed) == "a secret"


LINK = "http://localhost/account/reset/a-link-that-opens-an-account"


@pytest.fixture
def stored(app, outbox):
    """A mail with a link, stored and not yet sent."""
    with unit_of_work():
        db.session.add(
            Mail(
                kind="accounts.reset",
                recipient="ruth@example.org",
                subject="A new password",
                text=f"Open {LINK}",
                html=f'<a href="{LINK}">Open</a>',
                headers={"List-Unsubscribe": f"<{LINK}>"},
                message_id="<1@localhost>",
            )
        )
    return db.session.query(Mail).one()


def raw_mail():
    return str(db.session.execute(text("SELECT text, html, headers FROM mail")).one())


def test_a_stolen_database_tells_no_link_of_a_stored_mail(stored):
    assert "a-link-that-opens" not in raw_mail()
    assert LINK in stored.text
    assert LINK in stored.html
    assert LINK in stored.headers["List-Unsubscribe"]


def test_control_without_the_seal_the_database_tells_it(stored):
    with unit_of_work():
        db.session.execute(text("UPDATE mail SET text = :text"), {"text": stored.text})
        db.session.execute(
            text("UPDATE mail SET headers = :plain"), {"plain": json.dumps(stored.headers)}
        )
    db.session.expire_all()
    assert raw_mail().count("a-link-that-opens") == 2
    for part in (stored.text, stored.headers["List-Unsubscribe"]):
        assert LINK in part, "what was stored before mails were sealed is still read"


def test_a_mail_of_a_forgotten_key_is_a_dead_letter_and_its_page_says_why(
    stored, monkeypatch, app, outbox
):
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key")
    db.session.expire_all()
    assert (stored.text, stored.html, stored.headers) == ("", "", {})
    note = mail.send({"mail_id": stored.id})
    with unit_of_work():
        note()
    assert stored.state == MailState.REFUSED
    assert "no longer listed" in stored.error
    assert not outbox.messages
