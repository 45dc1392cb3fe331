"""A process that writes to us whenever it is told to."""

from __future__ import annotations

import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from shop.app import create_app
from shop.config import Config

FORM = {"name": "Ruth", "email": "ruth@example.org", "message": "Hello"}


def main(folder: Path, valkey_url: str, told: Connection) -> None:
    """Whatever is received: send one message, and answer with its status and how many seconds it took."""
    client = create_app(Config(data_dir=folder, valkey_url=valkey_url)).test_client()
    with suppress(EOFError):
        while told.recv():
            began = time.perf_counter()
            status = client.post("/contact", data=FORM).status_code
            told.send((status, time.perf_counter() - began))
