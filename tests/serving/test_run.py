"""`shop run`: the processes that a site really stands on."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests import servers
from tests.servers import free_port, until

SHOP = Path(sys.executable).parent / "shop"
MESSAGE = urlencode(
    {"name": "Ruth", "email": "ruth@example.org", "message": "Is the shop open on Monday?"}
)


class Site:
    """A folder with a database, and whoever serves it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if name[:5] != "SHOP_"}
        self.folder = folder
        self.environment = {
            **kept,
            "SHOP_DATA_DIR": str(folder),
            "SHOP_SMTP_URL": (folder / "mail").as_uri(),
            **environment,
        }

    def made(self) -> Site:
        password = self.folder / "password"
        password.write_text("a password for tests only")
        command = [SHOP, "init", "--email", "owner@example.org", "--password-file", password]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)
        return self

    @contextmanager
    def served(
        self, *, workers: int = 1, **environment: str
    ) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
        port = free_port()
        log = self.folder / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [SHOP, "run", "--port", str(port), "--workers", str(workers)],
                env={**self.environment, **environment},
                stdout=said,
                stderr=said,
            )
        try:
            until(lambda: answers(port), "an answer", log)
            yield port, process
        finally:
            process.terminate()
            process.wait(60)


def ask(port: int, path: str, body: str | None = None, *, timeout: float = 10) -> tuple[int, str]:
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request("POST" if body else "GET", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def answers(port: int) -> bool:
    try:
        return ask(port, "/healthz")[0] == 200
    except OSError:
        return False


def workers_of(process: subprocess.Popen[bytes]) -> set[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {int(child) for child in children.split()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site")).made()


@pytest.fixture(scope="module")
def postgresql_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    database = servers.postgres().new_database()
    return Site(
        tmp_path_factory.mktemp("site"), SHOP_DATABASE_URL=database, SHOP_SINGLE_HOST="1"
    ).made()


@pytest.fixture(params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def each_site(request: pytest.FixtureRequest) -> Site:
    site: Site = request.getfixturevalue(request.param)
    return site


def test_a_site_that_was_told_no_address_names_the_one_it_serves_at(site: Site) -> None:
    with site.served() as (port, _):
        assert f'<link rel="canonical" href="http://127.0.0.1:{port}/">' in ask(port, "/")[1]


def test_a_site_that_was_told_its_address_names_that(site: Site) -> None:
    with site.served(SHOP_BASE_URL="https://books.example/") as (port, _):
        assert '<link rel="canonical" href="https://books.example/">' in ask(port, "/")[1]


def test_each_process_has_its_own_connections_and_jobs_are_done_beside_the_pages(
    each_site: Site,
) -> None:
    mail = each_site.folder / "mail"
    with each_site.served(workers=2) as (port, _):
        for _number in range(4):  # more would meet the limit
            assert ask(port, "/contact", MESSAGE)[0] in {200, 303}
        until(lambda: mail.exists() and len(list(mail.iterdir())) >= 4, "the messages as mail")


def test_a_process_that_is_killed_is_replaced(each_site: Site) -> None:
    with each_site.served() as (port, process):
        before = workers_of(process)
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        until(lambda: bool(workers_of(process) - before) and answers(port), "another process")
        assert ask(port, "/")[0] == 200


def test_it_ends_when_it_is_told_to(site: Site) -> None:
    with site.served(workers=2) as (_, process):
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_database_that_is_behind_is_not_served(tmp_path: Path) -> None:
    command = [SHOP, "run", "--port", str(free_port())]
    tried = subprocess.run(
        command, env=Site(tmp_path).environment, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 1
    assert "run `shop init` or `shop db upgrade`" in tried.stderr
