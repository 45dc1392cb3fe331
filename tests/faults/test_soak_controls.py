"""The soak's guards can be taken out: what its controls change is what the site uses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bench.soak.site import GUARDS
from shop import cli
from shop.blueprints.cart.basket import Basket
from shop.blueprints.catalog.stock import reservations, statements
from shop.core import clock, mail
from shop.core.jobs import job_registry
from shop.core.mail import messages
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.catalog import make_variant

WORDS = {"name": "Ruth", "email": "ruth@example.org", "body": "It held."}


@pytest.fixture
def without(monkeypatch):
    """Take a guard out until the end of the test; a control does it until the end of its process."""
    for owner, name in (
        (statements, "_taking"),
        (Basket, "is_orderable"),
        (messages, "_built"),
        (cli, "create_app"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    yield lambda name: GUARDS[name][1]()
    for made in (statements.taking, statements.at_once):
        made.cache_clear()


def test_more_is_reserved_than_there_is(app, without):
    with unit_of_work():
        variant = make_variant(left=1)
    without("stock")
    with unit_of_work():
        reservations.reserve("one", {variant.id: 2}, until=clock.now() + timedelta(minutes=30))
    db.session.refresh(variant)
    assert (variant.stock_on_hand, variant.stock_reserved) == (1, 2)


def test_a_mail_has_another_number_each_time(app, outbox, without):
    without("message-id")
    with unit_of_work():
        stored = mail.queue("contact-message", "ruth@example.org", {"message": WORDS})
    numbers = {messages.as_message(stored)["Message-ID"] for _ in range(2)}
    assert len(numbers - {stored.message_id}) == 2


def test_no_job_is_tried_again(app, monkeypatch, without):
    monkeypatch.setattr(cli, "create_app", lambda _boot: app)
    monkeypatch.setattr(job_registry(), "kinds", dict(job_registry().kinds))
    without("retrying")
    cli.create_app("as it is configured")
    assert {kind.max_attempts for kind in job_registry().kinds.values()} == {1}
