"""The production server: granian with a few processes, each with a few threads for pages and one for jobs."""

from __future__ import annotations

import socket

from flask import Flask
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from shop.app import create_app
from shop.core.errors import Refused
from shop.core.jobs import EmbeddedRunner
from shop.core.listener import Listener
from shop.extensions import db

BACKPRESSURE = 48
THREADS = 4
"""For pages, in each process: one more than may be busy with passwords (`accounts.passwords.PLACES`)."""
HEAD_WITHIN = 5
"""Seconds. A connection that has not sent the whole head of a request by then is closed: its place is for others."""
ENDS_WITHIN = 10
"""Seconds. A worker that is told to end in the moment of its start does not hear it."""


_prepared: Flask | None = None


def application() -> Flask:
    """What each worker process serves. Its jobs, and what other hosts tell, have a thread each beside it."""
    app = _prepared or create_app()
    Listener(app).start()
    EmbeddedRunner(app).start()
    return app


def require_free(host: str, port: int) -> None:
    """Make sure that nobody else serves there.

    Raises:
        Refused: someone does, or we may not.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise Refused(
            f"Can’t serve at {host}:{port}: {error.strerror or error}. Choose another port with --port."
        ) from None


def prepare_site(app: Flask) -> None:
    """Let the workers that this process forks serve `app`: they start in a moment, and share its memory."""
    global _prepared
    with app.app_context():
        db.engine.dispose()  # no worker may inherit a connection
    _prepared = app


def serve(*, host: str, port: int, workers: int) -> None:
    """Serve what is prepared, or else what the environment says, until interrupted. A worker that dies is replaced."""
    Server(
        "shop.serving:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=BACKPRESSURE,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_WITHIN * 1000),
        respawn_failed_workers=True,
        workers_kill_timeout=ENDS_WITHIN,
        log_access=False,
        websockets=False,
    ).serve()
