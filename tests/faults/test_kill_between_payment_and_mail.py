"""A kill -9 between the payment's success and the mail loses nothing: real processes, real kills, both databases."""

from __future__ import annotations

import signal
from email import policy
from email.parser import BytesParser

import pytest

from tests import servers
from tests.faults import processes
from tests.faults.processes import asked, mails


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    return processes.place(request.param, tmp_path)


def run(place, *arguments):
    return processes.run(place, "buying_process", *arguments)


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
    [sent] = mails(place)
    mail = BytesParser(policy=policy.default).parsebytes(sent.read_bytes())
    assert mail["To"] == "ruth@example.org"
    assert "/downloads/" in mail.get_body(("plain",)).get_content()
    assert asked(place, "SELECT state FROM shop_order") == [("fulfilled",)]
    assert asked(place, "SELECT stock_on_hand, stock_reserved FROM variant") == [(2, 0)]
    assert asked(place, "SELECT count(*) FROM mail") == [(1,)]


def test_a_mail_that_was_taken_before_the_kill_is_repeated_as_the_same_one(place):
    """Between the server's 250 and our commit nobody can know that it was taken; who reads it can tell."""
    with servers.smtp_sink() as sink:
        place["SHOP_SMTP_URL"] = sink.url
        killed = run(place, "pay", "after-the-mail-was-taken")
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
        assert len(sink.deliveries) == 1
        assert asked(place, "SELECT state, sent_at FROM mail") == [("waiting", None)]
        back = run(place, "recover")
        assert back.returncode == 0, back.stderr.decode()
    first, second = (each.message["Message-ID"] for each in sink.deliveries)
    assert first == second == asked(place, "SELECT message_id FROM mail")[0][0]
    assert asked(place, "SELECT state FROM mail") == [("sent",)]


def test_a_kill_before_the_commit_leaves_the_order_waiting_for_the_same_news(place):
    killed = run(place, "pay", "before-the-commit")
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert asked(place, "SELECT state FROM shop_order") == [("awaiting_payment",)]
    assert asked(place, "SELECT state FROM payment") == [("open",)]
    assert asked(place, "SELECT stock_on_hand, stock_reserved FROM variant") == [(3, 1)]
