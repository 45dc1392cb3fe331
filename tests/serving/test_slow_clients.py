"""Clients that send a byte at a time shut nobody else out. What the server can't bound, the proxy does."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from shop.serving import BACKPRESSURE, THREADS
from tests.servers import free_port, until
from tests.serving.test_run import answers, ask

SERVER = """
import sys
from shop import serving

def page(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\\n"]

serving.application = lambda: page
serving.HEAD_WITHIN = int(sys.argv[2])
serving.serve(host="127.0.0.1", port=int(sys.argv[1]), workers=1)
"""
SLOW_HEAD = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
SLOW_BODY = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"


@contextmanager
def served(*, head_within: int) -> Iterator[int]:
    """The port of our server, with a page that reads what was sent; no site stands behind it."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SERVER, str(port), str(head_within)]) as process:
        try:
            until(lambda: answers(port), "an answer")
            yield port
        finally:
            process.terminate()


def slowly(port: int, begun: str) -> socket.socket:
    """A connection on which somebody began a request, and sends on a byte at a time."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(begun.encode())
    connection.sendall(b"a")
    return connection


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_slow_headers(guarded: bool) -> None:
    """Heads that never end lose their connections; bodies that never end leave a thread for others.

    More slow bodies than that are kept away by the proxy (docs/operating.md).
    """
    with served(head_within=1 if guarded else 60) as port, ExitStack() as opened:
        for _number in range(THREADS - 1):
            opened.enter_context(slowly(port, SLOW_BODY))
        assert ask(port, "/")[0] == 200
        for _number in range(BACKPRESSURE):
            opened.enter_context(slowly(port, SLOW_HEAD))
        if guarded:
            assert ask(port, "/")[0] == 200
        else:
            with pytest.raises(TimeoutError):
                ask(port, "/", timeout=3)
