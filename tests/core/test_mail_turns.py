"""A stranger can make us write to a mailbox once in a while."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from sqlalchemy import func, select

from shop.core import clock
from shop.core.mail import turns as mail_turns
from shop.core.mail.turns import MailTurn
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.orders import at_once, this_app

HOUR = timedelta(hours=1)


def take(email="ruth@example.org", purpose="tea"):
    with unit_of_work():
        return mail_turns.take_turn(purpose, email, every=HOUR)


def test_a_mailbox_has_one_turn_for_each_purpose(app):
    assert take()
    assert not take()
    assert not take("Ruth+1@example.org")
    assert take(purpose="coffee")
    assert take("other@example.org")


def test_a_turn_comes_again_and_what_limits_nothing_is_forgotten(app):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        take()
        traveller.shift(3601)
        assert take()
        traveller.shift(3601)
        with unit_of_work():
            mail_turns.forget_turns()
        assert db.session.scalar(select(func.count()).select_from(MailTurn)) == 0


def test_a_turn_can_be_given_back(app):
    take()
    with unit_of_work():
        mail_turns.give_turn_back("tea", "RUTH@example.org")
    assert take()


def test_of_many_at_once_one_gets_the_turn(app):
    turns = at_once(this_app(), 8, lambda _number: take())
    assert turns.count(True) == 1


def test_no_address_is_written_down(app):
    take()
    assert "ruth" not in db.session.scalars(select(MailTurn.key)).one()
