"""What must be so once everything has settled: money, stock, mails, and whatever was acknowledged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from bench.checkout import CHARGES
from bench.soak.letterbox import Letterbox
from bench.soak.people import Told
from bench.soak.whole import COPIES, Whole, number_of
from shop.blueprints.catalog.stock import ledger
from shop.blueprints.payments.attempts import looking_up
from shop.core import clock
from shop.core.mail.models import Mail, MailState
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

ENOUGH_READ = 0.999
SETTLES_WITHIN = 240.0
_LATER = timedelta(minutes=10)
_HURRY = text(
    "UPDATE job SET run_at = now() WHERE state = 'waiting' AND leased_until IS NULL"
    " AND run_at > now() AND (attempts > 0 OR run_at < now() + interval '10 minutes')"
    " AND kind NOT LIKE 'periodic:%'"
)
_OPEN = (
    "SELECT count(*) FROM job WHERE state = 'waiting' AND kind NOT LIKE 'periodic:%'"
    " AND (attempts > 0 OR run_at < now() + interval '10 minutes')"
)
_IN_TABLE = {
    "comment": "SELECT body FROM comment WHERE body LIKE '%mark%'",
    "message": "SELECT body FROM contact_message",
    "subscription": "SELECT email FROM newsletter_subscriber UNION SELECT email FROM newsletter_sign_up",
    "alert": "SELECT email FROM stock_alert",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was counted, and what it must be."""

    what: str
    found: float
    must: float

    @property
    def is_right(self) -> bool:
        return self.found == self.must


def settle(within: float = SETTLES_WITHIN) -> float:
    """What happens in ten minutes without anybody: open payments are looked up, put off jobs tried. Seconds it took."""
    began = time.monotonic()
    while time.monotonic() < began + within:
        try:
            _look_up_payments()
            with unit_of_work() as session:
                session.execute(_HURRY)
            if number_of(_OPEN) == 0:
                break
        except OperationalError:  # it is coming back
            db.session.rollback()
        time.sleep(1)
    return time.monotonic() - began


def _look_up_payments() -> None:
    now, later = clock.now, clock.now() + _LATER
    clock.now = lambda: later
    try:
        looking_up.reconcile()
    finally:
        clock.now = now


def findings(whole: Whole, told: Told, box: Letterbox) -> Iterator[Finding]:
    """Everything that is counted."""
    yield from _money(whole, told)
    yield from _stock(whole)
    yield from _mails(whole, box)
    yield from _acknowledged(told)
    yield Finding("pages and forms answered with 500", told.broken_down, 0)
    yield Finding("jobs given up", number_of("SELECT count(*) FROM job WHERE state = 'dead'"), 0)
    yield Finding("jobs that still wait", number_of(_OPEN), 0)


def _money(whole: Whole, told: Told) -> Iterator[Finding]:
    variants = ", ".join(map(str, whole.variants.values()))
    ours = f"SELECT order_id FROM order_line WHERE variant_id IN ({variants})"
    charges = f"SELECT count(*) {CHARGES} AND shop_order.id IN ({ours})"
    charged = number_of(charges)
    yield Finding(
        "orders charged, of charges",
        number_of(charges.replace("*", "DISTINCT shop_order.id")),
        charged,
    )
    paid = f"SELECT count(*) FROM shop_order WHERE id IN ({ours}) AND paid_at IS NOT NULL"
    yield Finding("orders paid, of charges", number_of(paid), charged)
    became = f"SELECT count(*) FROM order_transition WHERE order_id IN ({ours}) AND to_state = "
    yield Finding("times an order became paid", number_of(f"{became} 'paid'"), charged)
    yield Finding("times an order was fulfilled", number_of(f"{became} 'fulfilled'"), charged)
    yield Finding("refunds that nobody asked for", number_of("SELECT count(*) FROM refund"), 0)
    with_order = set(
        db.session.scalars(
            text(f"SELECT email FROM shop_order WHERE id IN ({ours}) AND paid_at IS NOT NULL")
        )
    )
    yield Finding(
        "buyers told that they paid, without a paid order", len(set(told.bought) - with_order), 0
    )


def _stock(whole: Whole) -> Iterator[Finding]:
    yield Finding("variants whose stock differs from its ledger", len(ledger.apart()), 0)
    below = "SELECT count(*) FROM variant WHERE stock_on_hand < 0 OR stock_on_hand < stock_reserved"
    yield Finding("variants with less than nothing", number_of(below), 0)
    sold = number_of(f"SELECT stock_sold FROM variant WHERE id = {whole.variants['scarce']}")
    yield Finding(f"scarce copies sold beyond {COPIES}", max(0, sold - COPIES), 0)


def _mails(whole: Whole, box: Letterbox) -> Iterator[Finding]:
    stored = db.session.execute(
        select(Mail.message_id, Mail.recipient, Mail.kind, Mail.state)
    ).all()
    known = {(each.message_id, each.recipient) for each in stored}
    unsent = sum(each.state != MailState.SENT for each in stored)
    yield Finding("mails not sent", unsent, 0)
    yield Finding("mails noted as sent that never came", len(known - set(box.came)) - unsent, 0)
    yield Finding("mails that came and are not known", len(set(box.came) - known), 0)
    confirmations = Counter(
        each.recipient
        for each in stored
        if each.kind == "order-confirmation" and each.recipient.startswith("buyer")
    )
    variants = ", ".join(map(str, whole.variants.values()))
    paid = number_of(
        "SELECT count(*) FROM shop_order WHERE paid_at IS NOT NULL AND id IN"
        f" (SELECT order_id FROM order_line WHERE variant_id IN ({variants}))"
    )
    yield Finding("buyers with one confirmation, of paid orders", _once(confirmations), paid)


def _once(counted: Counter[str]) -> int:
    return sum(times == 1 for times in counted.values())


def _acknowledged(told: Told) -> Iterator[Finding]:
    for what, marks in told.acknowledged.items():
        there = " ".join(db.session.scalars(text(_IN_TABLE[what])))
        missing = sum(f"{mark}" not in there for mark in marks)
        yield Finding(f"acknowledged and missing: {what}", missing, 0)
