"""What a kill leaves behind, told without a process: nothing after the point is carried out, nothing in memory is kept.

The same points with real processes and real kills are in the files beside this one. Here the guards are taken out too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from shop.blueprints.payments.attempts import looking_up
from shop.blueprints.payments.settlement import settle
from shop.core import clock
from shop.core.app_state import app_state
from shop.core.jobs import running
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls
from tests.checkout.buying import check_out, orders, put_in
from tests.factories.orders import Till, make_order, make_payment, make_variant, paid

Runs = Callable[[], int]


class Killed(KeyboardInterrupt):
    """The process has ended: nothing catches what ends it."""


def die(*_given: Any, **_named: Any) -> NoReturn:
    raise Killed


def pay() -> None:
    payment = make_payment(make_order((make_variant(stock=3), 1)))
    with unit_of_work():
        settle(payment.id, paid(payment), learned_from="test")


def go_on_later(run_jobs: Runs) -> None:
    """Another process, when the leases of the dead one are over."""
    db.session.remove()
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        looking_up.reconcile()
        run_jobs()


def is_fulfilled_and_mailed(outbox: Any) -> None:
    assert [order.state for order in orders()] == ["fulfilled"]
    assert len(outbox.messages) == 1


@controls.on_sqlite
def test_a_kill_after_the_commit(app: Flask, outbox: Any, run_jobs: Runs) -> None:
    pay()
    go_on_later(run_jobs)
    is_fulfilled_and_mailed(outbox)


@controls.on_sqlite
def test_control_a_kill_after_the_commit(app: Flask, outbox: Any, run_jobs: Runs) -> None:
    with controls.failing_without("work is stored with its change"):
        test_a_kill_after_the_commit(app, outbox, run_jobs)


@controls.on_sqlite
@pytest.mark.parametrize("point", ["while the mail is written", "before the mail is sent"])
def test_a_kill_at_work(
    app: Flask, outbox: Any, run_jobs: Runs, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    pay()
    with monkeypatch.context() as patch:
        if point == "while the mail is written":
            patch.setattr(running, "_close", die)
        else:
            patch.setattr(app_state().mail.transport, "send", die)
        with pytest.raises(Killed):
            run_jobs()
    go_on_later(run_jobs)
    is_fulfilled_and_mailed(outbox)


@controls.on_sqlite
def test_control_a_kill_at_work(
    app: Flask, outbox: Any, run_jobs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with controls.failing_without("leases end"):
        test_a_kill_at_work(app, outbox, run_jobs, monkeypatch, "before the mail is sent")


@controls.on_sqlite
def test_a_kill_before_what_the_provider_said_is_written(
    client: FlaskClient, outbox: Any, run_jobs: Runs, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in(client, make_variant(stock=3))
    check_out(client, method="till")
    [reference] = till.started
    till.take_money(reference)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(looking_up, "settle", die)
        client.get(f"/checkout/return/{orders()[0].token}")
    go_on_later(run_jobs)
    is_fulfilled_and_mailed(outbox)


@controls.on_sqlite
def test_control_a_kill_before_what_the_provider_said_is_written(
    client: FlaskClient, outbox: Any, run_jobs: Runs, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    with controls.failing_without("open payments are looked up"):
        test_a_kill_before_what_the_provider_said_is_written(
            client, outbox, run_jobs, till, monkeypatch
        )
