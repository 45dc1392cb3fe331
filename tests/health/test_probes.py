"""Probes, figures and the address for weaknesses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from shop.blueprints.health import checks
from shop.core import jobs, settings
from shop.core.observing.figures import host_figures
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import HealthCheck
from shop.plugins.installed import migrations


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that count as up to date, whoever made them."""
    monkeypatch.setattr(migrations, "is_current", lambda: True)


@pytest.fixture
def database_away(app: Flask) -> Iterator[None]:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("host=10.0.0.7"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db.engine, "connect", fail)
        patch.setattr(type(db.session()), "scalar", fail)
        yield


def test_a_process_is_alive_while_the_database_is_away(
    client: FlaskClient, database_away: None
) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_site_is_ready_when_every_vital_check_is_well(
    client: FlaskClient, upgraded: None
) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "ok    database" in answer.text


def test_a_site_whose_tables_are_old_is_not_ready_and_says_how_to_mend_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "is_current", lambda: False)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "ERROR tables: The tables are not up to date. Run `shop db upgrade`." in answer.text


def test_a_site_without_its_database_is_not_ready_and_gives_nothing_away(
    client: FlaskClient, database_away: None, upgraded: None
) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "ERROR database: The database does not answer." in answer.text
    assert "10.0.0.7" not in answer.text


def test_a_site_that_cannot_write_is_not_ready(
    client: FlaskClient, boot: Callable[..., None], upgraded: None, tmp_path: Path
) -> None:
    boot(data_dir=tmp_path / "gone")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "ERROR data folder" in answer.text
    assert str(tmp_path) not in answer.text


def test_what_a_plugin_raises_is_not_shown_to_strangers(
    client: FlaskClient, upgraded: None
) -> None:
    def fail() -> str:
        raise RuntimeError("token=hush")

    check = HealthCheck("theirs", fail, is_vital=True)
    registry().health_checks.append(check)
    answer = client.get("/readyz")
    registry().health_checks.remove(check)
    assert answer.status_code == 503
    assert "ERROR theirs: See `shop doctor`." in answer.text
    assert "hush" not in answer.text


def test_figures_count_jobs_requests_and_places(app: Flask, client: FlaskClient) -> None:
    with unit_of_work():
        jobs.enqueue("mail.send", {"mail_id": 0})
    host_figures().begin_to_serve()
    client.get("/healthz")
    text = client.get("/metrics").text
    places, free = (
        float(re.findall(f'^shop_http_places{each}{{kind="work"}} (.*)$', text, re.MULTILINE)[0])
        for each in ("", "_free")
    )
    assert free == places - 1 >= 7  # one is this request's
    assert 'shop_jobs{lane="mail",state="waiting"} 1.0' in text
    assert 'shop_jobs{lane="mail",state="dead"} 0.0' in text
    assert "shop_database_up 1.0" in text
    assert 'shop_http_requests_total{page="health.alive",status="2xx"}' in text
    with unit_of_work() as session:
        session.execute(jobs.Job.__table__.delete())


def test_figures_are_there_while_the_database_is_away(
    client: FlaskClient, database_away: None
) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "shop_database_up 0.0" in answer.text


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_figures_are_for_this_machine(client: FlaskClient, address: str) -> None:
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 200


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.1", "2001:db8::1", "", "nonsense"])
def test_figures_are_not_for_strangers(client: FlaskClient, address: str) -> None:
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_stranger_behind_a_proxy_that_nobody_told_us_of_is_not_this_machine(
    client: FlaskClient, header: str
) -> None:
    answer = client.get("/metrics", headers={header: "127.0.0.1"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        ("let me see", "Bearer let me see", 200),
        ("let me see", "Bearer let me", 403),
        ("let me see", "Bearer ünlike", 403),
        ("", "Bearer ", 403),
        ("", "", 403),
    ],
)
def test_figures_are_for_whoever_bears_the_token(
    client: FlaskClient, boot: Callable[..., None], token: str, given: str, status: int
) -> None:
    boot(metrics_token=token)
    headers = {"Authorization": given} if given else {}
    remote = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", headers=headers, environ_base=remote).status_code == status


@pytest.mark.parametrize(
    ("values", "contact"),
    [
        ({"security_contact": "safe@example.org", "owner_email": "o@example.org"}, "mailto:safe@example.org"),
        ({"security_contact": "https://example.org/report"}, "https://example.org/report"),
        ({"owner_email": "o@example.org"}, "mailto:o@example.org"),
        ({}, "http://localhost/contact"),
        ({"security_contact": "a@example.org\nContact: mailto:evil@example.org"},
         "mailto:a@example.org Contact: mailto:evil@example.org"),
    ],
)  # fmt: skip
def test_security_txt_says_whom_to_tell(
    client: FlaskClient, values: dict[str, str], contact: str
) -> None:
    with unit_of_work():
        settings.change(SiteSettings, values)
    answer = client.get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Contact"] == contact
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)


def test_every_check_has_a_name_of_its_own() -> None:
    names = [check.name for check in checks.all_checks()]
    assert len(names) == len(set(names))


def test_figures_of_a_public_site_take_the_token_whoever_asks(client, boot):
    """A proxy on this machine hands on what a stranger asks, and need not say so."""
    assert client.get("/metrics").status_code == 200
    boot(base_url="https://shop.example", metrics_token="a token for tests")
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Host": "shop.example"}).status_code == 403
    bearer = {"Authorization": "Bearer a token for tests"}
    assert client.get("/metrics", headers=bearer).status_code == 200
