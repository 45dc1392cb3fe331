"""The shipped nginx configuration: kept pages beside a static file of the same bytes; readers while all else is away.

python -m bench.front

Needs nginx. Ends with 1 where kept pages reach less than 0.8 of the static file, or a reader is not answered while the
application and its database are away.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import ground
from bench.freezes import KEPT, asked_once
from bench.harness import ROOT, Served, family, fetch, free_port, hammer, in_turn, serving, table
from shop.config import DATABASE

GOAL = 0.8
REQUESTS = 20_000
SITE = """
import sys; sys.argv[1:] = [str(PORT)]
from shop.core.pages import cache, front
front.KEEP_SECONDS = cache.KEEP_SECONDS = 3600.0
from bench import served
served.prepare()
served.serve(PORT, workers=1)
"""
NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1; user {user};
events {{}}
http {{
    include /etc/nginx/mime.types; access_log off; sendfile on; keepalive_requests 1000000;
    upstream bookstall {{ server 127.0.0.1:{upstream}; keepalive 32; keepalive_timeout 4s; }}
    include bookstall/maps.conf;
    server {{ listen 127.0.0.1:{port}; include bookstall/site.conf; }}
    server {{ listen 127.0.0.1:{static}; root {folder}/static; gzip_static on; gzip_vary on; charset utf-8;
              location / {{ include bookstall/headers.conf; }} }}
}}
"""


def main() -> int:
    """Measure, print, and say whether the goals are reached."""
    with (
        tempfile.TemporaryDirectory(prefix="shop-front-") as name,
        ground.site() as data,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        front = folder / "front"
        environment = ground.environment(data, SHOP_FRONT_DIR=str(front))
        with (
            serving(SITE, environment=environment) as site,
            _nginx(folder, front, site.port) as (nginx, static),
        ):
            return _measured(site, nginx, static, front, data)


def _measured(site: Served, nginx: Served, static: int, front: Path, data: Path) -> int:
    for path in KEPT:
        fetch(nginx.port, path)
    article = front / "fresh" / f"{ground.ARTICLE[1:]}.html"
    _until(lambda: article.exists() and (front / "fresh" / ".html").exists())
    for suffix in (".html", ".html.gz"):
        shutil.copy(article.with_suffix(suffix), front.parent / "static" / f"page{suffix}")
    limit = Served(static, nginx.process)
    accept = ["Accept-Encoding: gzip"]
    found = in_turn(
        {
            "kept": lambda: hammer(nginx, ground.ARTICLE, requests=REQUESTS, headers=accept),
            "static": lambda: hammer(limit, "/page.html", requests=REQUESTS, headers=accept),
            "passed on": lambda: hammer(
                nginx, f"{ground.ARTICLE}?x=1", requests=REQUESTS // 10, headers=accept
            ),
        },
        rounds=3,
    )
    names = {
        "kept": "kept page, by the shipped configuration",
        "static": "static file of the same bytes and headers",
        "passed on": "kept page of the application, passed on (nginx alone)",
    }
    rows = [
        (names[each], f"{got.per_second:,.0f}", f"{got.cpu_ms:.3f}") for each, got in found.items()
    ]
    table("nginx, one worker, gzip", rows, ("what", "requests/s", "CPU ms/request"))
    ratio = found["static"].cpu_ms / found["kept"].cpu_ms
    print(f"\nKept pages: {ratio:.2f} of the static file by CPU (goal: at least {GOAL}).")
    answered = _while_all_is_away(site, nginx, data)
    return 0 if ratio >= GOAL and answered else 1


def _while_all_is_away(site: Served, nginx: Served, data: Path) -> bool:
    for pid in family(site.process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    (data / DATABASE).unlink()
    pages = [path for path in KEPT if not path.endswith(".xml")]
    addresses = [*pages, *(f"{path}?fbclid=x" for path in pages)] * 10
    asked = [asked_once(nginx.port, address, 5.0) for address in addresses]
    seconds = [took for status, took in asked if status == 200]
    print(
        f"Application killed, database deleted: {len(seconds)} of {len(asked)} readers answered, "
        f"median {statistics.median(seconds or [0]) * 1000:.1f} ms."
    )
    return len(seconds) == len(asked)


@contextmanager
def _nginx(folder: Path, front: Path, upstream: int) -> Iterator[tuple[Served, int]]:
    shutil.copytree(ROOT / "deploy" / "nginx" / "bookstall", folder / "bookstall")
    (folder / "static").mkdir()
    for file in (folder / "bookstall").iterdir():
        text = file.read_text().replace("/var/cache/nginx/bookstall", str(folder / "cache"))
        file.write_text(text.replace("/var/cache/bookstall", str(front)))
    port, static = free_port(), free_port()
    user = "root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
    whole = NGINX.format(folder=folder, port=port, static=static, upstream=upstream, user=user)
    (folder / "nginx.conf").write_text(whole)
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command) as process:
        try:
            _until(lambda: asked_once(port, "/healthz", 1.0)[0] == 200)
            yield Served(port, process), static
        finally:
            process.terminate()


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
