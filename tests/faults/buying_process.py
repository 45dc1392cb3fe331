"""A process that takes money for an order and may be killed on the way; another that comes after it.

    main("pay", point)    places an order, is paid, and dies by SIGKILL at the point
    main("recover")       two minutes later: does all the work that waits

The environment (SHOP_*) says on which data.
"""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from email.message import EmailMessage
from typing import Any, NoReturn

from shop.app import create_app
from shop.core import clock
from shop.core.jobs import running
from shop.core.mail import transports
from shop.core.unit_of_work import unit_of_work
from tests.factories.orders import make_order, make_payment, make_variant, paid


def die(*_args: Any, **_values: Any) -> NoReturn:
    """As a power cut does: nothing is closed, nothing is written."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def pay(point: str) -> None:
    """Be paid, then go on until the point."""
    from shop.blueprints.payments.settlement import settle

    payment = make_payment(make_order((make_variant(stock=3), 1)))
    with unit_of_work():
        settle(payment.id, paid(payment), learned_from="test")
        if point == "before-the-commit":
            die()
    if point == "after-the-commit":
        die()
    if point == "while-the-mail-is-written":
        running._close = die
    if point == "before-the-mail-is-sent":
        transports.FolderTransport.send = die  # type: ignore[method-assign]
    if point == "after-the-mail-was-taken":
        taken = transports.SmtpTransport.send

        def send(transport: transports.SmtpTransport, message: EmailMessage) -> NoReturn:
            taken(transport, message)
            die()

        transports.SmtpTransport.send = send  # type: ignore[method-assign]
    running.run_due()


def recover() -> None:
    """Later, when the leases of the dead are over."""
    later = clock.now() + timedelta(minutes=2)
    clock.now = lambda: later
    running.run_due()


def main(verb: str, *arguments: str) -> None:
    with create_app().app_context():
        {"pay": pay, "recover": recover}[verb](*arguments)
