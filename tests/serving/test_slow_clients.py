"""Clients that send a byte at a time, or nothing, shut nobody else out."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.servers import free_port, until
from tests.serving.test_run import answers, ask

SERVER = """
import pathlib
import sys
from shop import serving

def page(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\\n"]

serving.application, serving._has_served = lambda: page, lambda _page: None
serving.HEAD_WITHIN = int(sys.argv[2])
serving.THREADS, serving.CONNECTIONS = 4, int(sys.argv[3])
listening = serving.open_socket("127.0.0.1", int(sys.argv[1]))
serving.serve(listening, workers=1, status=pathlib.Path(sys.argv[4]))
"""
SLOW_HEAD = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
CONNECTIONS = 48


@contextmanager
def served(folder: Path, *, head_within: int) -> Iterator[int]:
    """The port of our server, with a page that reads what was sent; no site stands behind it."""
    port = free_port()
    given = [str(each) for each in (port, head_within, CONNECTIONS, folder / "status")]
    with subprocess.Popen([sys.executable, "-c", SERVER, *given]) as process:
        try:
            until(lambda: answers(port), "an answer")
            yield port
        finally:
            process.terminate()


def slowly(port: int, begun: str) -> socket.socket:
    """A connection on which somebody began a request, and sends on a byte at a time; or says nothing at all."""
    connection = socket.create_connection(("127.0.0.1", port))
    if begun:
        connection.sendall(begun.encode())
        connection.sendall(b"a")
    return connection


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_slow_headers(tmp_path: Path, guarded: bool) -> None:
    """Heads that never end, and connections that say nothing, lose their places."""
    with served(tmp_path, head_within=1 if guarded else 60) as port, ExitStack() as opened:
        for number in range(CONNECTIONS):
            opened.enter_context(slowly(port, SLOW_HEAD if number % 2 else ""))
        if guarded:
            assert ask(port, "/")[0] == 200
        else:
            with pytest.raises(TimeoutError):
                ask(port, "/", timeout=3)
