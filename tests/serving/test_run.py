"""`shop run`: the processes that a site really stands on."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from shop.config import DATABASE
from shop.core.pages import store
from shop.core.pages.page import KeptPage
from shop.core.pages.store import PageStore
from tests import data_folders
from tests.servers import free_port, until

SHOP = Path(sys.executable).parent / "shop"
ADDRESS = "https://books.example/"


class Site:
    """A folder with a database, and whoever serves it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._running: tuple[int, subprocess.Popen[bytes]] | None = None
        self._ending = ExitStack()
        kept = {name: value for name, value in os.environ.items() if name[:5] != "SHOP_"}
        self.folder = folder
        self.environment = {
            **kept,
            "SHOP_DATA_DIR": str(folder),
            "SHOP_SMTP_URL": (folder / "mail").as_uri(),
            **environment,
        }

    def running(self) -> tuple[int, subprocess.Popen[bytes]]:
        """The port and the process that the test before left, or another if it has ended: each start takes seconds."""
        if self._running is None or self._running[1].poll() is not None:
            self._running = self._ending.enter_context(self.served(workers=2))
        return self._running

    def end(self) -> None:
        self._ending.close()

    @contextmanager
    def served(self, *, workers: int = 1) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
        port = free_port()
        log = self.folder / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [SHOP, "run", "--port", str(port), "--workers", str(workers)],
                env=self.environment,
                stdout=said,
                stderr=said,
            )
        try:
            until(lambda: answers(port), "an answer", log)
            yield port, process
        finally:
            process.terminate()
            process.wait(180)


def ask(port: int, path: str, body: str | None = None, *, timeout: float = 60) -> tuple[int, str]:
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
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from _site("sqlite", tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def postgresql_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """It was told its address; the other was not."""
    yield from _site("postgresql", tmp_path_factory.mktemp("site"), SHOP_BASE_URL=ADDRESS)


def _site(backend: str, folder: Path, **environment: str) -> Iterator[Site]:
    database = data_folders.made(backend, folder)
    made = Site(folder, SHOP_DATABASE_URL=database, SHOP_SINGLE_HOST="1", **environment)
    yield made
    made.end()


@pytest.fixture(params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def each_site(request: pytest.FixtureRequest) -> Site:
    site: Site = request.getfixturevalue(request.param)
    return site


def test_a_site_that_was_told_no_address_names_the_one_it_serves_at(site: Site) -> None:
    port, _ = site.running()
    assert f'<link rel="canonical" href="http://127.0.0.1:{port}/">' in ask(port, "/")[1]


def test_a_site_that_was_told_its_address_names_that(postgresql_site: Site) -> None:
    port, _ = postgresql_site.running()
    assert f'<link rel="canonical" href="{ADDRESS}">' in ask(port, "/")[1]


def test_each_process_has_its_own_connections_and_jobs_are_done_beside_the_pages(
    each_site: Site,
) -> None:
    mail = each_site.folder / "mail"
    port, _ = each_site.running()
    for number in range(4):
        body = urlencode({"email": f"ruth{number}@example.org"})
        assert ask(port, "/newsletter", body)[0] == 303
    until(lambda: mail.exists() and len(list(mail.iterdir())) >= 4, "an email to each")


def test_a_command_that_comes_and_goes_leaves_the_database_to_those_who_serve(site: Site) -> None:
    """SQLite's last one out removes the log. Whoever has lost its locks on the way is not seen, and writes on into a
    file that nobody finds (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    port, process = site.running()
    for number in range(4):
        body = urlencode({"email": f"luis{number}@example.org"})
        assert ask(port, "/newsletter", body)[0] == 303
        assert came_and_went(site.folder / DATABASE) == number + 1
    opened = [each.readlink().name for each in Path(f"/proc/{process.pid}/fd").iterdir()]
    assert not any(name.startswith(DATABASE) for name in opened), "a worker may inherit it"


def came_and_went(database: Path) -> int:
    """What another process reads before it leaves: how many of them have signed up, handled by a job or not."""
    asked = (
        "SELECT count(*) FROM (SELECT email FROM newsletter_sign_up"
        " UNION SELECT email FROM newsletter_subscriber) WHERE email LIKE 'luis%'"
    )
    command = (
        "import sqlite3, sys; site = sqlite3.connect(sys.argv[1]);"
        "print(*site.execute(sys.argv[2]).fetchone()); site.close()"
    )
    given = [sys.executable, "-c", command, database, asked]
    said = subprocess.run(given, capture_output=True, text=True, check=True)
    assert Path(f"{database}-wal").exists(), "the log was removed below those who write to it"
    return int(said.stdout)


def test_a_process_that_is_killed_is_replaced(each_site: Site) -> None:
    port, process = each_site.running()
    before = workers_of(process)
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(workers_of(process) - before) == 2 and answers(port), "other processes")
    assert ask(port, "/")[0] == 200


def test_a_restart_refuses_nobody_and_nobody_else_has_the_port_then_or_after_a_kill(
    site: Site,
) -> None:
    port, process = site.running()
    second = [SHOP, "run", "--port", str(port)]
    tried = subprocess.run(
        second, env=site.environment, capture_output=True, text=True, check=False
    )
    assert "Choose another port with --port" in tried.stderr
    before, status = workers_of(process), site.folder / "serving" / f"{port}.json"
    asked: list[object] = []
    process.send_signal(signal.SIGUSR2)

    def is_replaced() -> bool:
        asked.append(ask(port, "/healthz")[0])
        restarts = json.loads(status.read_text())["restarts"]
        return bool(restarts == 1 and not before & workers_of(process))

    until(is_replaced, "two new processes", site.folder / "log", within=180)
    assert set(asked) == {200}
    assert len(workers_of(process)) == 2
    process.kill()
    until(lambda: not answers(port), "the port to be free")


def test_it_ends_when_it_is_told_to(postgresql_site: Site) -> None:
    _, process = postgresql_site.running()
    process.send_signal(signal.SIGTERM)
    assert process.wait(180) == 0


def test_without_a_database_it_starts_with_the_pages_that_were_kept(tmp_path: Path) -> None:
    kept = KeptPage(b"the last good page", [("Content-Type", "text/plain")], (), 0)
    PageStore(tmp_path / store.FOLDER).keep("/articles/one", kept)
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    site = Site(tmp_path, SHOP_DATABASE_URL=nowhere, SHOP_SECRET_KEY="x" * 32)
    with site.served() as (port, _):
        assert ask(port, "/articles/one") == (200, "the last good page")
        assert ask(port, "/articles/two")[0] == 503
    assert "serving the pages that were kept" in (tmp_path / "log").read_text()


def test_a_database_that_is_behind_is_not_served(tmp_path: Path) -> None:
    command = [SHOP, "run", "--port", str(free_port())]
    tried = subprocess.run(
        command, env=Site(tmp_path).environment, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 1
    assert "run `shop init` or `shop db upgrade`" in tried.stderr
