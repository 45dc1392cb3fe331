"""A kill -9 between Stripe and us loses no order, charges nobody twice and leaves no stock behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import servers

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CHARGES = "SELECT count(*) FROM stripe_test_object WHERE kind = 'charge'"


def place(backend, folder):
    """Where the processes work: their environment, and the address of their database."""
    url = f"sqlite:///{folder / 'shop.sqlite3'}"
    if backend == "postgresql":
        url = servers.postgres().new_database()
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SHOP_DATA_DIR": str(folder),
        "SHOP_DATABASE_URL": url,
        "SHOP_BASE_URL": "http://localhost",
        "SHOP_SECRET_KEY": "a key for tests only",
        "SHOP_SMTP_URL": f"file://{folder / 'mail'}",
        "SHOP_STRIPE_SECRET_KEY": "",
    }


def run(environment, *arguments):
    return subprocess.run(
        [sys.executable, str(HERE / "paying_process.py"), *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )


def asked(environment, query):
    engine = create_engine(environment["SHOP_DATABASE_URL"])
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("point", "backend", "is_charged"),
    [
        ("stripe-knows-the-session-and-we-do-not", "sqlite", False),
        ("stripe-has-answered-and-nothing-is-written", "postgresql", True),
    ],
)
def test_a_kill_on_the_way_is_healed(tmp_path, point, backend, is_charged):
    environment = place(backend, tmp_path)
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
    mails = list((tmp_path / "mail").glob("*.eml"))
    assert len(mails) == int(is_charged)
