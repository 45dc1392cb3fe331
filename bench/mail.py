"""A newsletter issue to every subscriber, through the shop and over SMTP, beside smtplib sending as many over one
connection.

python -m bench.mail [--subscribers 1000] [--database postgresql]

The threads of two lanes do it, as in a process that serves: one writes the copies, one sends them. The mail server is a
process of its own that keeps nothing; it shares the machine with us, and what it costs is in both numbers.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, insert, select

from bench import ground
from bench.harness import ROOT, free_port, table
from shop.app import create_app
from shop.blueprints.newsletter import campaigns
from shop.blueprints.newsletter.models import (
    Campaign,
    CampaignState,
    NewsletterSubscriber,
    SubscriberState,
)
from shop.config import Config
from shop.core import clock
from shop.core.jobs import Lane, running
from shop.core.jobs.runner import EmbeddedRunner
from shop.core.mail.messages import as_message
from shop.core.mail.models import Mail, MailState
from shop.core.secrets.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import servers

GOAL = 200
LOOK_EVERY = 0.1
SINK = """
import asyncio
from aiosmtpd.controller import UnthreadedController

class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
UnthreadedController(Sink(), hostname="127.0.0.1", port=PORT, loop=loop).begin()
loop.run_forever()
"""
LETTER = "## This month\n\n" + ground.WORDS + "\n\n[The fourth key](/articles/eight-keys-to-trust)"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Letters a second, over SMTP.")
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    subscribers = given.subscribers
    url = servers.postgres().new_database() if given.database == "postgresql" else ""
    with _sink() as port, ground.site(url) as folder:
        app = create_app(
            Config(
                data_dir=folder,
                database_url=url,
                secret_key=ground.KEY,
                smtp_url=f"smtp://127.0.0.1:{port}",
                mail_from="Shop <shop@example.org>",
            )
        )
        with app.app_context():
            running.run_due(limit=10_000)
            subscribe(subscribers)
            before = _peak_mb()
            ours, busy_ms = _send_letter(app, subscribers)
            grown = _peak_mb() - before
            bare = _bare(port, min(subscribers, 1000))
            db.session.remove()
            db.engine.dispose()
    table(
        f"A letter to {subscribers:,} subscribers, {given.database}",
        [
            ("the shop: rendered, stored, sent, noted", f"{ours:,.0f} /s", f"{GOAL} /s"),
            ("smtplib alone, one connection, the same message", f"{bare:,.0f} /s", ""),
            ("ratio", f"{ours / bare:.2f}", ""),
            ("our processor time a letter", f"{busy_ms:.1f} ms", ""),
            ("memory grown meanwhile", f"{grown:.0f} MB", "flat"),
        ],
        ("what", "figure", "goal"),
    )


@contextlib.contextmanager
def _sink() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", f"PORT = {port}\n{SINK}"], cwd=ROOT)
    try:
        servers.until(lambda: _answers(port), "the mail server to answer")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), smtplib.SMTP("127.0.0.1", port):
        return True
    return False


def subscribe(subscribers: int) -> None:
    """Make so many confirmed subscribers."""
    since = clock.now() - timedelta(days=1)
    with unit_of_work():
        for first in range(0, subscribers, 1000):
            db.session.execute(
                insert(NewsletterSubscriber),
                [
                    {
                        "email": f"reader{number}@example.org",
                        "state": SubscriberState.CONFIRMED,
                        "token": random_token(),
                        "asked_on": "/",
                        "asked_at": since,
                        "address_key": "",
                        "confirmed_at": since,
                    }
                    for number in range(first, min(first + 1000, subscribers))
                ],
            )


def _send_letter(app: Flask, subscribers: int) -> tuple[float, float]:
    """Letters a second, and milliseconds of our processor a letter."""
    runner = EmbeddedRunner(app, lanes=[Lane.SLOW, Lane.MAIL])
    started, busy = time.perf_counter(), time.process_time()
    with unit_of_work():
        issue = campaigns.write_issue(subject="This month", body=LETTER)
        campaigns.send_issue(issue, after=timedelta())
    runner.start()
    while _is_under_way():
        time.sleep(LOOK_EVERY)
    elapsed, spent = time.perf_counter() - started, time.process_time() - busy
    runner.stop()
    sent = db.session.scalar(
        select(func.count()).where(Mail.kind == campaigns.KIND, Mail.state == MailState.SENT)
    )
    if sent is None or sent < subscribers:
        raise RuntimeError(f"{sent} of {subscribers} letters were sent")
    return sent / elapsed, spent / sent * 1000


def _is_under_way() -> bool:
    waiting = select(Mail.id).where(Mail.state == MailState.WAITING).exists()
    unfinished = select(Campaign.id).where(Campaign.state != CampaignState.SENT).exists()
    found = db.session.scalar(select(waiting | unfinished))
    db.session.rollback()
    return bool(found)


def _bare(port: int, copies: int) -> float:
    stored = db.session.scalars(select(Mail).where(Mail.kind == campaigns.KIND).limit(1)).one()
    message = as_message(stored)
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for _ in range(copies):
            client.send_message(message)
    return copies / (time.perf_counter() - started)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
