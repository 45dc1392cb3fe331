"""How soon a change on one host is seen on another: two sites and a PostgreSQL, each in a network namespace of its own.

python -m bench.hosts [--rounds 100] [--cut 5]

Needs root and `ip`. Each change is made on host A by a process of that host; how long after its commit host B answers
with it is measured at B: kept pages and headers over HTTP, tax rates and mutes in a process of B. In the middle of each
series the process of B that listens is killed. Then B is cut off from the network for a while: readers must be answered
all the while, nothing may be sold, and when it is back everything must be as A has made it.

Ends with 1 when a change took longer than a second, or something of this was not so.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench import ground
from bench.harness import ROOT, end_within, table
from tests import servers

ENDS_WITHIN = 900.0
LIMIT_MS = 1000
IP = shutil.which("ip", path="/usr/sbin:/usr/bin:/sbin") or "ip"
DATABASE, A, B = "10.77.0.1", "10.77.0.2", "10.77.0.3"
SPACES = {"bookstall-db": DATABASE, "bookstall-a": A, "bookstall-b": B}
PORT = 8000
ARTICLE = ground.ARTICLE
PHRASE = "cheap watches"
WATCHED = {"article": ARTICLE, "setting": "/cart", "menu": "/cart"}
"""What is looked at over HTTP: a kept page, and one that is made for each visitor."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Two hosts, one database.")
    parser.add_argument("--rounds", type=int, default=100, help="of each change")
    parser.add_argument("--cut", type=float, default=5, help="seconds that B is cut off")
    parser.add_argument("--role", choices=["network", "editor", "watcher"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role == "editor":
        _answer_orders(_edit)
    elif asked.role == "watcher":
        _answer_orders(_watch)
    elif asked.role == "network":
        sys.exit(_measure(asked.rounds, asked.cut))
    else:
        end_within(ENDS_WITHIN)
        sys.exit(_in_namespaces(asked.rounds, asked.cut))


# The network


def _in_namespaces(rounds: int, cut: float) -> int:
    """Run this command once more, beside the database."""
    with _network():
        command = [sys.executable, "-m", "bench.hosts", "--role", "network"]
        command += ["--rounds", str(rounds), "--cut", str(cut)]
        return subprocess.run(_within("bookstall-db", command), cwd=ROOT, check=False).returncode


@contextlib.contextmanager
def _network() -> Iterator[None]:
    """Three namespaces at one bridge, which is in the database's."""
    _drop_network()
    try:
        for space in SPACES:
            _ip("netns", "add", space)
            _ip("-n", space, "link", "set", "lo", "up")
        _ip("-n", "bookstall-db", "link", "add", "bridge", "type", "bridge")
        _ip("-n", "bookstall-db", "address", "add", f"{DATABASE}/24", "dev", "bridge")
        _ip("-n", "bookstall-db", "link", "set", "bridge", "up")
        for space, address in list(SPACES.items())[1:]:
            port = f"to-{space[-1]}"
            _ip(
                "-n",
                "bookstall-db",
                "link",
                "add",
                port,
                "type",
                "veth",
                "peer",
                "name",
                "net",
                "netns",
                space,
            )
            _ip("-n", "bookstall-db", "link", "set", port, "master", "bridge", "up")
            _ip("-n", space, "address", "add", f"{address}/24", "dev", "net")
            _ip("-n", space, "link", "set", "net", "up")
        yield
    finally:
        _drop_network()


def _drop_network() -> None:
    for space in SPACES:
        subprocess.run([IP, "netns", "delete", space], check=False, stderr=subprocess.DEVNULL)


def _ip(*words: str) -> None:
    subprocess.run([IP, *words], check=True)


def _within(space: str, command: list[str]) -> list[str]:
    return [IP, "netns", "exec", space, *command]


def _plug(*, is_in: bool) -> None:
    """B's cable. What is sent while it is out is lost, and nobody is told."""
    _ip("link", "set", "to-b", "up" if is_in else "down")


# The hosts


class Process:
    """A process of a host that does what it is told, a line at a time."""

    def __init__(self, role: str, space: str, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            _within(space, [sys.executable, "-m", "bench.hosts", "--role", role]),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def tell(self, *order: Any) -> Any:
        """Give an order and wait for what comes of it."""
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return self._answer()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> Any:
        line = next(iter(self._process.stdout or ()), "")
        if not line:
            raise RuntimeError("a process of a host ended")
        return json.loads(line)


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    """A PostgreSQL that the namespaces reach; its address."""
    account = servers.unprivileged_account()
    with tempfile.TemporaryDirectory(prefix="bookstall-hosts-") as name:
        Path(name).chmod(0o711)
        folder = Path(name, "postgres")
        folder.mkdir(mode=0o700)
        binaries = servers.postgres_binaries(folder, account)
        data = folder / "data"
        who: dict[str, Any] = {
            "user": account and account.pw_uid,
            "group": account and account.pw_gid,
        }
        who |= {"extra_groups": account and [], "cwd": "/", "stdout": subprocess.DEVNULL}
        trust = ["-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
        subprocess.run(
            [str(binaries / "initdb"), "-D", str(data), *trust, *locale], check=True, **who
        )
        with (data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {DATABASE}/24 trust\n")
        command = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder)]
        command += ["-c", f"listen_addresses={DATABASE}"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **who)
        url = f"postgresql://postgres@{DATABASE}/postgres"
        try:
            servers.until(lambda: _answers(url), "PostgreSQL to answer")
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _answers(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(url).close()
        return True
    return False


def _environment(folder: Path, url: str, address: str) -> dict[str, str]:
    more = ground.environment(
        folder,
        SHOP_DATABASE_URL=url,
        SHOP_BASE_URL=f"http://{address}:{PORT}",
        SHOP_TEST_PAYMENTS="1",
    )
    return {**os.environ, **more}


@contextlib.contextmanager
def _site(space: str, environment: dict[str, str], address: str) -> Iterator[None]:
    serve = "from shop.cli import main; main()"
    command = [sys.executable, "-c", serve, "run", "--host", address, "--port", str(PORT)]
    log = Path(environment["SHOP_DATA_DIR"], "log")
    with log.open("wb") as said:
        process = subprocess.Popen(
            _within(space, command), cwd=ROOT, env=environment, stdout=said, stderr=said
        )
    try:
        servers.until(
            lambda: _get(address, "/healthz")[0] == 200, "a site to answer", log, within=400
        )
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()  # its workers end with it


def _get(address: str, path: str, form: bytes | None = None) -> tuple[int, str]:
    """Status and body; 0 when there is no answer."""
    asked = urllib.request.Request(f"http://{address}:{PORT}{path}", data=form)
    if form is not None:
        asked.add_header("Origin", f"http://{address}:{PORT}")
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


# What the processes of the hosts do


def _answer_orders(answer: Callable[..., Any]) -> None:
    from shop.app import create_app

    with create_app().app_context():
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(*json.loads(line))), flush=True)


def _edit(what: str, number: int) -> float:
    """Change one thing; the moment at which it was committed."""
    from shop.core.unit_of_work import unit_of_work

    with unit_of_work():
        _EDITS[what](number)
    return time.monotonic()


def _edit_article(number: int) -> None:
    from shop.blueprints.articles import services

    services.save_article(_article(ARTICLE.rsplit("/", 1)[1]), title=_mark("article", number))


def _article(slug: str) -> Any:
    from sqlalchemy import select

    from shop.blueprints.articles.models import Article
    from shop.extensions import db

    return db.session.scalars(select(Article).where(Article.slug == slug)).one()


def _edit_setting(number: int) -> None:
    from shop.core import settings
    from shop.core.site import SiteSettings

    settings.change(SiteSettings, {"name": _mark("setting", number)})


def _edit_menu(number: int) -> None:
    from shop.blueprints.articles import services

    page = _article("imprint")
    services.save_article(page, title=_mark("menu", number), menu="footer")


def _edit_tax(number: int) -> None:
    from shop.blueprints.taxes import queries, services
    from shop.blueprints.taxes.models import Goods

    for rate in queries.rates():
        services.remove_tax_rate(rate)
    if number % 2:
        day = queries.rates_today() - timedelta(days=1)
        terms = services.TaxTerms("DE", Goods.EVERYTHING, "VAT", 19_000, day)
        services.write_tax_rate(terms)


def _edit_mute(number: int) -> None:
    from shop.blueprints.comments.moderation.mutes import rules

    for each in rules.mutes().items:
        rules.unmute(each.id, by=None)
    if number % 2:
        rule = rules.rule_of(rules.MuteKind.PHRASE, PHRASE)
        rules.mute(rule, is_spam=True, note="", expires_at=None, by=None)


_EDITS: dict[str, Callable[[int], None]] = {
    "article": _edit_article,
    "setting": _edit_setting,
    "menu": _edit_menu,
    "tax rate": _edit_tax,
    "mute": _edit_mute,
}


def _mark(what: str, number: int) -> str:
    return f"{what.title()} number {number}."


def _watch(what: str, number: int) -> float:
    """The moment from which on this host knows of a change; 0 when it does not hear of it within 10 seconds."""
    from shop.extensions import db

    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        if _SIGHTS[what]() == bool(number % 2):
            return time.monotonic()
        db.session.rollback()
        time.sleep(0.001)
    return 0


def _sees_tax() -> bool:
    from shop.blueprints.taxes import queries

    return queries.has_rates()


def _sees_mute() -> bool:
    from shop.blueprints.comments.moderation.mutes import check
    from shop.plugins.api import CommentDraft

    draft = CommentDraft(1, "Ruth", "ruth@example.org", f"Buy {PHRASE}", None, "", None, "")
    return any(check.Muted().judge(draft))


_SIGHTS: dict[str, Callable[[], bool]] = {"tax rate": _sees_tax, "mute": _sees_mute}


# Measuring


def _measure(rounds: int, cut: float) -> int:
    with _postgres() as url, ground.site(url) as folder_a, contextlib.ExitStack() as stack:
        folder_b = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment_a, environment_b = (
            _environment(folder, url, address) for folder, address in ((folder_a, A), (folder_b, B))
        )
        stack.enter_context(_site("bookstall-a", environment_a, A))
        stack.enter_context(_site("bookstall-b", environment_b, B))
        editor = Process("editor", "bookstall-a", environment_a)
        stack.callback(editor.close)
        watcher = Process("watcher", "bookstall-b", environment_b)
        stack.callback(watcher.close)
        return _judge(editor, watcher, rounds, cut, folder_b)


def _judge(editor: Process, watcher: Process, rounds: int, cut: float, folder_b: Path) -> int:
    found = {what: _series(editor, watcher, what, rounds, folder_b) for what in _EDITS}
    table(
        f"From a commit on host A to host B's knowing of it, {rounds} changes each, in ms",
        [
            (what, *(f"{value:,.0f}" for value in (statistics.median(each), _p99(each), max(each))))
            for what, each in found.items()
        ],
        ("change", "p50", "p99", "longest (B's listening process was killed meanwhile)"),
    )
    is_soon = all(_p99(each) <= LIMIT_MS and max(each) <= 2 * LIMIT_MS for each in found.values())
    return 0 if _cut_off(editor, watcher, rounds, cut) and is_soon else 1


def _series(
    editor: Process, watcher: Process, what: str, rounds: int, folder_b: Path
) -> list[float]:
    """Milliseconds of each change. In the middle B's listening process is killed."""
    found = []
    for number in range(rounds + 1):
        if number == rounds // 2:
            _kill_listener(folder_b)
        found.append(_staleness(editor, watcher, what, number))
    return found[1:]  # before the first change B knew nothing that could be out of date


def _staleness(editor: Process, watcher: Process, what: str, number: int) -> float:
    if what not in WATCHED:
        committed = editor.tell(what, number)
        seen = watcher.tell(what, number)
        return (seen - committed) * 1000 if seen else float("inf")
    _get(B, WATCHED[what])  # it is kept, and would be for a minute
    committed = editor.tell(what, number)
    return (_seen_over_http(what, number) - committed) * 1000


def _seen_over_http(what: str, number: int) -> float:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        if _mark(what, number) in _get(B, WATCHED[what])[1]:
            return time.monotonic()
    return float("inf")


def _p99(found: list[float]) -> float:
    return sorted(found)[max(0, len(found) * 99 // 100 - 1)]


def _kill_listener(folder: Path) -> None:
    """Kill the process that has the lock of a host's listener."""
    inode = (folder / "listener").stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if words[1] == "FLOCK" and words[5].endswith(f":{inode}"):
            os.kill(int(words[4]), signal.SIGKILL)
            return
    raise RuntimeError("nobody listens on host B")


def _cut_off(editor: Process, watcher: Process, rounds: int, cut: float) -> bool:
    """Cut B off, change everything on A, and look at B meanwhile and afterwards."""
    last = rounds + 1 + rounds % 2  # odd: there is a rate, and a mute
    before = _get(B, ARTICLE)[1]
    _plug(is_in=False)
    began = time.monotonic()
    for what in _EDITS:
        editor.tell(what, last)
    with ThreadPoolExecutor(1) as buyer:
        sold = buyer.submit(_from_b, "/cart/items", "variant=1&quantity=1")
        statuses = []
        while time.monotonic() - began < cut:
            statuses.append(_from_b(ARTICLE))
    _plug(is_in=True)
    back = time.monotonic()
    late = {what: (_seen_over_http(what, last) - back) * 1000 for what in WATCHED}
    for what in _SIGHTS:
        late[what] = (watcher.tell(what, last) - back) * 1000
    answered = sum(status == 200 for status, _ in statuses)
    stale = sum(_mark("article", last) not in body and body != "" for _, body in statuses)
    table(
        f"Host B cut off for {cut:.0f} s while A changes everything",
        [
            ("readers of the article answered", f"{answered} of {len(statuses)}"),
            ("answered with the last good page", f"{stale} of {len(statuses)}"),
            ("answer to an add to cart", str(sold.result()[0])),
            *(
                (f"{what}: ms from the return of the network", f"{ms:,.0f}")
                for what, ms in late.items()
            ),
        ],
        ("what", "figure"),
    )
    is_back = all(0 <= ms < 5 * LIMIT_MS for ms in late.values())
    return bool(before) and answered == len(statuses) > 0 and sold.result()[0] == 503 and is_back


def _from_b(path: str, form: str = "") -> tuple[int, str]:
    """Ask B from its own namespace, as a reader at its side of the cut would."""
    command = ["curl", "--silent", "--max-time", "30", "--write-out", "\n%{http_code}"]
    command += ["--header", f"Origin: http://{B}:{PORT}"]
    command += ["--data", form] if form else []
    done = subprocess.run(
        _within("bookstall-b", [*command, f"http://{B}:{PORT}{path}"]),
        capture_output=True,
        text=True,
        check=False,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status or 0), body


if __name__ == "__main__":
    main()
