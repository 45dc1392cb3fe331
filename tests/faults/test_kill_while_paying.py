"""A kill -9 between Stripe and us loses no order, charges nobody twice and leaves no stock behind."""

from __future__ import annotations

import signal
from email import message_from_bytes, policy

import pytest

from tests.faults import processes
from tests.faults.processes import asked, mails

CHARGES = "SELECT count(*) FROM stripe_test_object WHERE kind = 'charge'"


def run(environment, *arguments):
    return processes.run(environment, "paying_process", *arguments)


@pytest.mark.parametrize(
    ("point", "backend", "is_charged"),
    [
        ("stripe-knows-the-session-and-we-do-not", "sqlite", False),
        ("stripe-has-answered-and-nothing-is-written", "postgresql", True),
    ],
)
def test_a_kill_on_the_way_is_healed(tmp_path, point, backend, is_charged):
    environment = processes.place(backend, tmp_path)
    killed = run(environment, "pay", point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert asked(environment, "SELECT state FROM shop_order") == [("awaiting_payment",)]
    back = run(environment, "recover")
    assert back.returncode == 0, back.stderr.decode()
    assert asked(environment, CHARGES) == [(int(is_charged),)]
    ended = "fulfilled" if is_charged else "cancelled"
    assert asked(environment, "SELECT state FROM shop_order") == [(ended,)]
    left = 2 if is_charged else 3
    assert asked(environment, "SELECT stock_on_hand, stock_reserved FROM variant") == [(left, 0)]
    [mail] = mails(environment)
    subject = message_from_bytes(mail.read_bytes(), policy=policy.default)["Subject"]
    assert subject.endswith("was not paid") is not is_charged
