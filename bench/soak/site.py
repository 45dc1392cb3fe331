"""The command `shop` as the soak runs it: the clock of host 2 jumps, and one guard may be out.

SOAK_CLOCK names a file with the seconds (a double) by which the machine's clock of host 2 is wrong. SOAK_WITHOUT is a
name in `GUARDS`: the run with it must fail, or the soak proves nothing of that guard.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from email.utils import make_msgid
from pathlib import Path
from typing import Any

from shop import cli
from shop.core import clock
from shop.core.jobs import job_registry
from shop.core.mail import messages
from shop.core.mail.models import Mail

_NOW = time.time


def main() -> None:
    """Run the command."""
    if os.environ["SHOP_DATA_DIR"].endswith("host-2"):
        _let_the_clock_jump(Path(os.environ["SOAK_CLOCK"]))
    if guard := os.environ.get("SOAK_WITHOUT", ""):
        GUARDS[guard][1]()
    cli.main()


def _let_the_clock_jump(file: Path) -> None:
    """Let what reads the machine's clock read a wrong one. PostgreSQL's, which the site goes by, stays right."""
    with file.open("rb") as opened:
        wrong = mmap.mmap(opened.fileno(), 8, access=mmap.ACCESS_READ)

    def seconds() -> float:
        return float(struct.unpack("d", wrong[:8])[0])

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=seconds())

    time.time = lambda: _NOW() + seconds()
    clock.datetime = Wrong  # type: ignore[misc]


def _settle_again() -> None:
    """Whoever brings a verdict settles, also when it was settled before."""
    from shop.blueprints.payments import settlement
    from shop.blueprints.payments.states import PaymentState

    settlement.WITHOUT_MONEY = frozenset(PaymentState)
    settlement._mark.__kwdefaults__["come_from"] = frozenset(PaymentState)  # noqa: SLF001


def _sell_what_is_not_there() -> None:
    """Nobody looks at what is left when an order is placed."""
    from bench.served import take_the_guards_out

    take_the_guards_out()


def _try_once() -> None:
    """A job that fails is given up."""
    create = cli.create_app

    def created(*boot: Any) -> Any:
        app = create(*boot)
        with app.app_context():
            kinds = job_registry().kinds
            kinds.update({name: replace(kind, max_attempts=1) for name, kind in kinds.items()})
        return app

    cli.create_app = created


def _number_mails_anew() -> None:
    """A mail that is sent again has another Message-ID."""
    built = messages._built  # noqa: SLF001

    def build(stored: Mail) -> Any:
        message = built(stored)
        message.replace_header("Message-ID", make_msgid(domain="example.org"))
        return message

    messages._built = build  # noqa: SLF001


def _answer_before_it_is_kept() -> None:
    """A message is acknowledged, and kept only a little later."""
    import threading

    from flask import current_app

    from shop.blueprints.contact import services, views
    from shop.core.unit_of_work import unit_of_work

    receive = services.receive_message

    def later(**fields: Any) -> None:
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001

        def keep() -> None:
            with app.app_context(), unit_of_work():
                receive(**fields)

        threading.Timer(20.0, keep).start()

    views.services.receive_message = later  # type: ignore[assignment]


GUARDS: dict[str, tuple[str, Callable[[], None]]] = {
    "settling": ("a payment is settled once, whoever brings its verdict", _settle_again),
    "stock": ("an order is placed only for what is left", _sell_what_is_not_there),
    "retrying": ("a job that failed is tried again", _try_once),
    "message-id": ("a mail that is sent again has the same Message-ID", _number_mails_anew),
    "keeping": ("a message is kept before it is acknowledged", _answer_before_it_is_kept),
    "front": ("nginx has kept pages of its own", lambda: None),
}
