"""The production server: granian with a few processes, each with one thread for pages and one for jobs."""

from __future__ import annotations

import socket

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from shop.app import create_app
from shop.core.errors import Refused
from shop.core.jobs import EmbeddedRunner
from shop.extensions import db

BACKPRESSURE = 48


_prepared: Flask | None = None
"""What workers that are forked find ready, and share the memory of."""


def application() -> Flask:
    """What each worker process serves. Its jobs run in a thread beside it."""
    app = _prepared or create_app()
    EmbeddedRunner(app).start()
    return app


def require_free(host: str, port: int) -> None:
    """Make sure that nobody else serves there.

    Raises:
        Refused: somebody does, or we may not.
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
            f"Can't serve at {host}:{port}: {error.strerror or error}. Choose another --port."
        ) from None


def serve(app: Flask | None, *, host: str, port: int, workers: int) -> None:
    """Serve until interrupted: an application, or else what the environment says. A worker that dies is replaced."""
    global _prepared
    _prepared = app
    if app is not None:
        with app.app_context():
            db.engine.dispose()  # no worker may inherit a connection
    Server(
        "shop.serving:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1,
        backpressure=BACKPRESSURE,
        respawn_failed_workers=True,
        log_access=False,
        websockets=False,
    ).serve()
