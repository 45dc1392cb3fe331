"""Restarting and upgrading the site while visitors ask and fill carts: nobody is refused.

python -m bench.restarts [--restarts 2] [--visitors 4] [--database sqlite|postgresql]

The site is served from a folder that holds several releases, and `current` names the one that runs, as
docs/operating.md describes. While visitors ask, it is restarted with the code that runs; upgraded to a release whose
/healthz says something else, and taken back; and asked to become a release that can't start, which it must refuse. The
control kills both workers at once (-9): there what is in hand is lost, and the visitors must notice.

Visitors ask over new connections and over kept ones, which may be closed between two requests; then a client asks once
more over a new one (RFC 9112, 9.3.1), as browsers and proxies do. Each request comes from another address, so that no
rate limit answers. Ends with 1 where a restart cost an answer, the wrong release served, the control cost none, or the
site was not there again.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench import ground
from bench.buyers import FORM
from bench.harness import ROOT, children, end_within, fetch, free_port, table, wait_for
from bench.writes import digital_variant
from tests import servers

ENDS_WITHIN = 900.0
PAGES = ("/", ground.ARTICLE, "/cart", "/search?q=trust", "/healthz")
PAUSE = 0.1
KILLS = 8
WITHIN = 200.0
"""Seconds for a restart; longer is a failure."""
SAYS = '_plain("ok\\n")'
LAUNCHER = """#!{python}
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parent))
from shop.cli import main
main()
"""


@dataclass
class Served:
    """A site that runs, and the folder of its releases."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    variant: int

    def release(self, number: str) -> None:
        """Let `current` name another release; nothing happens before a restart."""
        new = self.folder / "new"
        new.symlink_to(number)
        new.rename(self.folder / "current")

    def restart(self, by: str = "current") -> int:
        """`shop restart` of a release; its exit code."""
        command = [self.folder / by / "shop-command", "restart", "--port", str(self.port)]
        return subprocess.run(
            command, env=self.environment, capture_output=True, timeout=WITHIN, check=False
        ).returncode

    def says(self) -> str:
        """What /healthz says."""
        return fetch(self.port, "/healthz")[0].decode().strip()

    def kill_workers(self) -> None:
        """All at once, as when the machine runs out of memory."""
        for worker in children(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        wait_for(self.port, self.process, WITHIN)


class Visitor(threading.Thread):
    """Asks again and again; counts statuses, and what was no answer."""

    def __init__(self, site: Served, *, keeps: bool) -> None:
        super().__init__(daemon=True)
        self.told: Counter[str] = Counter()
        self.ends = threading.Event()
        self._site, self._keeps = site, keeps
        self._client: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while not self.ends.is_set():
            for path in PAGES:
                self.told[self._read(path)] += 1
                self.ends.wait(PAUSE)
            self.told[self._fill_a_cart()] += 1

    def _read(self, path: str) -> str:
        was_kept = self._client is not None
        told = self._ask("GET", path)
        return told if told.isdecimal() or not was_kept else self._ask("GET", path)

    def _fill_a_cart(self) -> str:
        """Over a new connection: what changes something is not sent twice."""
        self._close()
        form = urlencode({"variant": self._site.variant, "quantity": 1})
        told = self._ask("POST", "/cart/items", form)
        return "200" if told == "303" else told

    def _ask(self, method: str, path: str, form: str | None = None) -> str:
        address = ".".join(str(random.randint(1, 254)) for _ in range(3))
        headers = {"X-Forwarded-For": f"10.{address}", **(FORM if form else {})}
        client = self._client or http.client.HTTPConnection(
            "127.0.0.1", self._site.port, timeout=30
        )
        try:
            client.request(method, path, form, headers)
            answer = client.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            client.close()
            self._client = None
            return type(error).__name__
        self._client = client
        if not self._keeps or answer.will_close:
            self._close()
        return str(answer.status)

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def main() -> int:
    """Measure, print, and say whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--visitors", type=int, default=4)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    asked = parser.parse_args()
    end_within(ENDS_WITHIN)
    with _served(on_postgresql=asked.database == "postgresql") as site:
        faults: list[str] = []
        found = {
            "restarted": [lambda: _restart(site, "1", "ok", faults)] * asked.restarts,
            "upgraded, and taken back": [
                lambda: _restart(site, "2", "ok 2", faults),
                lambda: _restart(site, "1", "ok", faults),
            ],
            "asked to become what can't start": [lambda: _refuse(site, faults)],
            "control: both workers killed": [site.kill_workers] * KILLS,
        }
        told = {what: _watched(site, asked.visitors, acts) for what, acts in found.items()}
    table(
        f"{asked.visitors} visitors meanwhile",
        [
            (what, f"{counts.total():,}", f"{seconds:.1f}", _words(counts))
            for what, (counts, seconds) in told.items()
        ],
        ("the site is", "asked", "seconds", "told"),
    )
    *restarted, control = [counts for counts, _ in told.values()]
    refused = sum(_refused(counts) for counts in restarted)
    print(f"\nRequests that restarts cost: {refused} (goal: none).")
    if not _refused(control):
        faults.append("the visitors noticed nothing of the kills: they prove nothing")
    for fault in faults:
        print(fault)
    return 1 if refused or faults else 0


def _restart(site: Served, release: str, says: str, faults: list[str]) -> None:
    site.release(release)
    code = site.restart()
    if code or site.says() != says:
        faults.append(f"release {release}: restart ended with {code}, the site says {site.says()}")


def _refuse(site: Served, faults: list[str]) -> None:
    site.release("3")
    code = site.restart(by="1")
    if not code or site.says() != "ok":
        faults.append(f"a release that can't start: {code}, the site says {site.says()}")
    site.release("1")


def _refused(told: Counter[str]) -> int:
    return told.total() - told["200"]


def _words(told: Counter[str]) -> str:
    return ", ".join(f"{times:,} × {what}" for what, times in sorted(told.items()))


def _watched(
    site: Served, visitors: int, acts: list[Callable[[], None]]
) -> tuple[Counter[str], float]:
    """What visitors were told while this was done, and how long it took."""
    asking = [Visitor(site, keeps=bool(number % 2)) for number in range(visitors)]
    for each in asking:
        each.start()
    began = time.monotonic()
    try:
        for act in acts:
            time.sleep(0.5)
            act()
        seconds = time.monotonic() - began
        time.sleep(0.5)
    finally:
        for each in asking:
            each.ends.set()
        for each in asking:
            each.join(40)
    return sum((each.told for each in asking), Counter()), seconds


@contextlib.contextmanager
def _served(*, on_postgresql: bool) -> Iterator[Served]:
    url = servers.postgres().new_database() if on_postgresql else ""
    with ground.site(url) as data, tempfile.TemporaryDirectory(prefix="shop-releases-") as name:
        folder, port = Path(name), free_port()
        _make_releases(folder)
        (folder / "current").symlink_to("1")
        environment = {
            **os.environ,
            "SHOP_TRUSTED_PROXIES": "1",
            **ground.environment(data),
        }
        if url:
            environment["SHOP_DATABASE_URL"] = url
        for name in ("PYTHONPATH", "PYTHONPYCACHEPREFIX"):  # it runs from its release alone
            environment.pop(name, None)
        command = [
            folder / "current" / "shop-command",
            "run",
            "--port",
            str(port),
            "--workers",
            "2",
        ]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            wait_for(port, process)
            yield Served(folder, port, process, environment, digital_variant(data, url))
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()  # its workers end with it


def _make_releases(folder: Path) -> None:
    """The present code; the same with another /healthz; one that ends when it is started."""
    _make(folder / "1", ROOT / "shop")
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", folder / "1"],  # as an installer does
        env={k: v for k, v in os.environ.items() if k != "PYTHONPYCACHEPREFIX"},
        check=True,
    )
    _make(folder / "2", folder / "1" / "shop")
    _change(folder / "2/shop/blueprints/health/views.py", SAYS, '_plain("ok 2\\n")')
    _make(folder / "3", folder / "1" / "shop" / "demo")


def _make(folder: Path, package: Path) -> None:
    """A release: the code, and a command that runs it."""
    shutil.copytree(package, folder / "shop")
    (folder / "migrations").symlink_to(ROOT / "migrations")
    launcher = folder / "shop-command"
    launcher.write_text(LAUNCHER.format(python=sys.executable))
    launcher.chmod(0o755)


def _change(file: Path, words: str, others: str) -> None:
    text = file.read_text()
    if words not in text:
        raise RuntimeError(f"{file} does not say {words}")
    file.write_text(text.replace(words, others, 1))


if __name__ == "__main__":
    sys.exit(main())
