"""Restarting the site, and killing its workers, while visitors ask: nobody is refused by a restart.

python -m bench.restarts [--restarts 3] [--visitors 8]

Visitors ask in two ways: each time over a new connection, and over kept ones, which may be closed between two requests;
then a client asks once more over a new one (RFC 9112, 9.3.1), as browsers and proxies do. The control kills both
workers at once (-9) as often: there what is in hand is lost, and the site must be there again. Ends with 1 where a
restart cost an answer, or the site was not there again.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench import ground
from bench.harness import children, free_port, table, wait_for

PATHS = ("/", ground.ARTICLE, "/cart", "/search?q=trust", "/healthz")
SHOP = str(Path(sys.executable).parent / "shop")
PAUSE = 0.02


class Visitor(threading.Thread):
    """Asks again and again; counts statuses, and what was no answer."""

    def __init__(self, port: int, *, keeps: bool) -> None:
        super().__init__(daemon=True)
        self.told: Counter[str] = Counter()
        self.ends = threading.Event()
        self._port, self._keeps = port, keeps
        self._client: http.client.HTTPConnection | None = None

    def run(self) -> None:
        number = 0
        while not self.ends.is_set():
            number += 1
            self.told[self._ask(PATHS[number % len(PATHS)])] += 1
            self.ends.wait(PAUSE)

    def _ask(self, path: str) -> str:
        was_kept = self._client is not None
        try:
            return self._ask_over(path)
        except (OSError, http.client.HTTPException) as error:
            self._close()
            if not was_kept:
                return type(error).__name__
        try:
            return self._ask_over(path)
        except (OSError, http.client.HTTPException) as error:
            self._close()
            return type(error).__name__

    def _ask_over(self, path: str) -> str:
        client = self._client or http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        client.request("GET", path)
        answer = client.getresponse()
        answer.read()
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
    parser.add_argument("--restarts", type=int, default=3)
    parser.add_argument("--visitors", type=int, default=8)
    asked = parser.parse_args()
    with ground.site() as folder:
        port = free_port()
        environment = {**os.environ, **ground.environment(folder)}
        command = [SHOP, "run", "--port", str(port), "--workers", "2"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(port, process)
                restart = [SHOP, "restart", "--port", str(port)]
                restarted = _watched(
                    port,
                    asked.visitors,
                    asked.restarts,
                    lambda: subprocess.run(restart, env=environment, check=True),
                )
                killed = _watched(
                    port, asked.visitors, asked.restarts, lambda: _kill_workers(process, port)
                )
                wait_for(port, process)
            finally:
                process.terminate()
    rows = [
        (
            name,
            f"{told.total():,}",
            ", ".join(f"{n:,} × {what}" for what, n in sorted(told.items())),
        )
        for name, told in (("`shop restart`", restarted), ("both workers killed", killed))
    ]
    table(f"{asked.restarts} times, {asked.visitors} visitors", rows, ("what", "asked", "told"))
    refused = sum(n for what, n in restarted.items() if what != "200")
    print(f"\nRequests that a restart cost: {refused} (goal: none).")
    return 1 if refused else 0


def _watched(port: int, visitors: int, times: int, act: Callable[[], object]) -> Counter[str]:
    asking = [Visitor(port, keeps=bool(number % 2)) for number in range(visitors)]
    for each in asking:
        each.start()
    for _ in range(times):
        time.sleep(1)
        act()
    time.sleep(1)
    for each in asking:
        each.ends.set()
    for each in asking:
        each.join()
    return sum((each.told for each in asking), Counter())


def _kill_workers(process: subprocess.Popen[bytes], port: int) -> None:
    for worker in children(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    wait_for(port, process)


if __name__ == "__main__":
    sys.exit(main())
