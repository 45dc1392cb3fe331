"""A kill -9 between the payment's success and the mail loses nothing: real processes, real kills, both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import servers

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where the processes work: their environment, and the address of their database."""
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    if request.param == "postgresql":
        url = servers.postgres().new_database()
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SHOP_DATA_DIR": str(tmp_path),
        "SHOP_DATABASE_URL": url,
        "SHOP_BASE_URL": "http://localhost",
        "SHOP_SECRET_KEY": "a key for tests only",
        "SHOP_SMTP_URL": f"file://{tmp_path / 'mail'}",
        "SHOP_MAIL_FROM": "Shop <shop@example.org>",
    }


def run(place, *arguments):
    return subprocess.run(
        [sys.executable, str(HERE / "buying_process.py"), *arguments],
        env=place,
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )


def asked(place, query):
    engine = create_engine(place["SHOP_DATABASE_URL"])
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def mails(place):
    folder = Path(place["SHOP_DATA_DIR"]) / "mail"
    parser = BytesParser(policy=policy.default)
    return [parser.parsebytes(file.read_bytes()) for file in folder.glob("*.eml")]


@pytest.mark.parametrize(
    "point", ["after-the-commit", "while-the-mail-is-written", "before-the-mail-is-sent"]
)
def test_the_order_is_there_and_the_mail_goes_out_once_the_process_is_back(place, point):
    killed = run(place, "pay", point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert asked(place, "SELECT state FROM shop_order") in ([("paid",)], [("fulfilled",)])
    assert mails(place) == []
    back = run(place, "recover")
    assert back.returncode == 0, back.stderr.decode()
    [mail] = mails(place)
    assert mail["To"] == "ruth@example.org"
    assert "/downloads/" in mail.get_body(("plain",)).get_content()
    assert asked(place, "SELECT state FROM shop_order") == [("fulfilled",)]
    assert asked(place, "SELECT stock_on_hand, stock_reserved FROM variant") == [(2, 0)]
    assert asked(place, "SELECT count(*) FROM mail") == [(1,)]


def test_a_kill_before_the_commit_leaves_the_order_waiting_for_the_same_news(place):
    killed = run(place, "pay", "before-the-commit")
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert asked(place, "SELECT state FROM shop_order") == [("awaiting_payment",)]
    assert asked(place, "SELECT state FROM payment") == [("open",)]
    assert asked(place, "SELECT stock_on_hand, stock_reserved FROM variant") == [(3, 1)]
