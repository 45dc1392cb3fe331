"""The production server: granian with a few processes, each with one thread for pages and one for jobs."""

from __future__ import annotations

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from shop.app import create_app
from shop.core.jobs import EmbeddedRunner

BACKPRESSURE = 48


def application() -> Flask:
    """What each worker process serves. Its jobs run in a thread beside it."""
    app = create_app()
    EmbeddedRunner(app).start()
    return app


def serve(*, host: str, port: int, workers: int) -> None:
    """Serve until interrupted. A worker that dies is replaced."""
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
