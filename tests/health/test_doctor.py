"""`shop doctor` looks at everything and says how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shop import cli
from shop.blueprints.health import checks
from shop.blueprints.health.connections import readable_on_the_way
from shop.config import Config
from shop.core import clock, jobs
from shop.core.app_state import app_state
from shop.core.jobs import Job, JobState
from shop.core.mail import transports
from shop.core.mail.models import Mail
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.installed import migrations
from tests import controls, servers


@pytest.fixture
def doctor(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Result]:
    monkeypatch.setattr(migrations, "is_current", lambda: True)
    return lambda: CliRunner().invoke(cli.commands(app), ["doctor"], obj=app)


def add_mails(count: int, state: str, age: timedelta) -> None:
    with unit_of_work():
        for number in range(count):
            db.session.add(
                Mail(
                    kind="x", recipient="a@example.org", subject="x", text="", html="", headers={},
                    message_id=f"<{number}@x>", state=state, created_at=clock.now() - age,
                )
            )  # fmt: skip


def test_a_healthy_site_has_nothing_wrong(doctor: Callable[[], Result]) -> None:
    result = doctor()
    assert "ERROR" not in result.output
    assert result.exit_code == 0


def test_a_database_that_is_not_upgraded_is_wrong(
    doctor: Callable[[], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "is_current", lambda: False)
    result = doctor()
    assert "ERROR tables" in result.output
    assert result.exit_code == 1


def test_a_site_that_begins_in_the_afternoon_is_not_behind_with_the_work_of_the_day(
    doctor: Callable[[], Result],
) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 14, 30, tzinfo=UTC)):
        jobs.schedule_periodic()
        assert "none for long" in doctor().output
    with time_machine.travel(datetime(2026, 11, 22, 15, 30, tzinfo=UTC)):
        assert "ERROR jobs: The oldest job has been due for 60 minutes" in doctor().output


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://shop.example", "ERROR mail: No mail server is set up"),
        ("http://localhost:8000", "ok    mail: no mail server is set up"),
    ],
)
def test_mail_that_goes_nowhere_is_wrong_where_others_come(
    app: Flask, boot: Callable[..., None], doctor: Callable[[], Result], address: str, said: str
) -> None:
    boot(base_url=address)
    app_state().mail.transport = transports.AbsentTransport()
    assert said in doctor().output


def test_mail_that_piles_up_is_wrong(outbox: object, doctor: Callable[[], Result]) -> None:
    add_mails(21, "waiting", timedelta(hours=1))
    add_mails(1, "refused", timedelta(hours=1))
    output = doctor().output
    assert "ERROR emails waiting: Emails that have waited for more than 15 minutes: 21" in output
    assert "ERROR emails refused" in output


def test_mail_of_this_minute_may_wait(outbox: object, doctor: Callable[[], Result]) -> None:
    add_mails(21, "waiting", timedelta(minutes=1))
    assert "ERROR" not in doctor().output


def test_work_that_nobody_does_or_that_was_given_up_is_wrong(doctor: Callable[[], Result]) -> None:
    with unit_of_work():
        with time_machine.travel(clock.now() - timedelta(hours=1)):
            jobs.enqueue("mail.send", {"mail_id": 0})
        db.session.add(Job(kind="x", payload={}, state=JobState.DEAD, run_at=clock.now()))
    output = doctor().output
    assert "ERROR jobs: The oldest job has been due for 60 minutes" in output
    assert "ERROR failed jobs: Jobs that failed for good: 1" in output


def test_an_address_that_is_not_https_is_wrong_except_here(
    boot: Callable[..., None], doctor: Callable[[], Result]
) -> None:
    boot(base_url="http://shop.example")
    assert "ERROR address: http://shop.example does not use https" in doctor().output
    boot(base_url="https://shop.example")
    assert "ERROR address" not in doctor().output


@controls.on_sqlite
def test_a_valkey_that_does_not_answer_is_wrong(
    boot: Callable[..., None], doctor: Callable[[], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(valkey_url=f"valkey://127.0.0.1:{servers.free_port()}/0")
    assert "ERROR Valkey: Valkey counts nothing (Error 111" in doctor().output
    monkeypatch.setattr("shop.core.web.limits.limit_counters.why_nothing_counts", lambda _url: "")
    assert "ok    Valkey: counts" in doctor().output


@pytest.mark.both_databases
@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_database_whose_disk_is_full_is_wrong_and_says_so_itself(
    app: Flask, doctor: Callable[[], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = (
        "DO $$ BEGIN RAISE disk_full USING MESSAGE = 'could not extend file: No space left'; END $$"
    )
    monkeypatch.setattr(checks, "_NEEDS_ROOM", text(full))
    output = doctor().output
    assert "ERROR changes to the database: The database takes no changes" in output
    assert "It said: could not extend file: No space left" in output
    assert "1 of " in output


def test_a_database_that_is_away_is_said_to_be_in_words(
    app: Flask, doctor: Callable[[], Result]
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("FATAL: could not write init file"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db.engine, "connect", away)
        patch.setattr(type(db.session()), "execute", away)
        patch.setattr(type(db.session()), "scalar", away)
        output = doctor().output
    assert "SHOP_DATABASE_URL. It said: FATAL: could not write init file" in output
    assert "ERROR jobs: This can’t be checked while the database does not answer." in output
    assert "sqlalche.me" not in output


KEY = {"secret_key": "a key for tests only"}
ELSEWHERE = {
    "database_url": "postgresql://shop:word@db.example/shop",
    "valkey_url": "valkey://10.0.0.7:6379/0",
    "files_url": "s3://bucket/site?endpoint=http://store.example:9000",
    "smtp_url": "smtp://relay.example:25",
}


@pytest.mark.parametrize(
    ("setting", "encrypted"),
    [
        ("database_url", "postgresql://shop:word@db.example/shop?sslmode=verify-full"),
        ("database_url", "postgresql://shop:word@[::1]/shop"),
        ("database_url", "postgresql:///shop?host=/run/postgresql"),
        ("valkey_url", "valkeys://10.0.0.7:6379/0"),
        ("valkey_url", "unix:///run/valkey.sock"),
        ("files_url", "s3://bucket/site?endpoint=https://store.example"),
        ("smtp_url", "smtps://relay.example:465"),
        ("smtp_url", "smtp://shop:word@relay.example:587"),
        ("smtp_url", "smtp://localhost:25"),
    ],
)
def test_a_connection_that_others_can_read_is_wrong(setting: str, encrypted: str) -> None:
    found = readable_on_the_way(Config(**KEY, **ELSEWHERE))
    assert len(found) == len(ELSEWHERE)
    fewer = readable_on_the_way(Config(**{**KEY, **ELSEWHERE, setting: encrypted}))
    assert len(fewer) == len(found) - 1
    assert set(fewer) < set(found)


def test_a_database_elsewhere_is_found_wherever_its_host_is_written() -> None:
    for url in ("postgresql:///shop?host=db.example", "postgresql://127.0.0.1,10.0.0.3/shop"):
        assert readable_on_the_way(Config(**KEY, database_url=url)), url


def test_hosts_that_the_owner_calls_private_may_be_asked_in_plain_text() -> None:
    private = ("db.example", "10.0.0.7", "store.example", "relay.example")
    assert readable_on_the_way(Config(**KEY, **ELSEWHERE, private_hosts=private)) == []
    for left_out in private:
        fewer = tuple(name for name in private if name != left_out)
        assert len(readable_on_the_way(Config(**KEY, **ELSEWHERE, private_hosts=fewer))) == 1


def test_the_doctor_says_how_to_encrypt_a_connection(
    boot: Callable[..., None], doctor: Callable[[], Result]
) -> None:
    boot(valkey_url=ELSEWHERE["valkey_url"])
    assert "begin SHOP_VALKEY_URL with valkeys://" in doctor().output


def test_a_key_that_others_can_read_is_wrong(
    boot: Callable[..., None], doctor: Callable[[], Result], tmp_path: Path
) -> None:
    key = tmp_path / "secret_key"
    key.write_text("a secret", encoding="ascii")
    boot(data_dir=tmp_path, secret_key="")
    key.chmod(0o644)
    assert "ERROR secret key" in doctor().output
    key.chmod(0o600)
    assert "ERROR secret key" not in doctor().output
