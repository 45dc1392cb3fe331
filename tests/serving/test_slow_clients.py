"""Clients that send a byte at a time, or nothing, shut nobody else out."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from shop import serving
from tests.servers import free_port, until
from tests.serving.test_run import answers, ask

SERVER = """
import pathlib
import sys
import types
from shop import serving

def page(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\\n"]

site = types.SimpleNamespace(wsgi_app=page)
serving.application, serving._has_served = lambda _number: site, lambda _site: None
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


@pytest.mark.parametrize(
    ("soft", "hard", "raised_to", "room"),
    [
        (1_024, 524_288, 10_500, 10_000),
        (1_024, resource.RLIM_INFINITY, 10_500, 10_000),
        (20_000, 20_000, None, 10_000),
        (1_024, 4_096, 4_096, 3_596),
        (256, 256, None, 128),
    ],
)
def test_connections_leave_open_files_for_the_work(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised_to: int | None, room: int
) -> None:
    """A shell allows 1,024: that many silent connections would leave none to open the database with."""
    raised: list[int] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: raised.append(limits[0]))

    assert serving._room_for_connections() == room
    assert raised == ([raised_to] if raised_to else [])
