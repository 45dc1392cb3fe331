"""Real processes on data of their own: started, killed, and looked at from outside."""

from __future__ import annotations

import importlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests import data_folders
from tests.forks import forks

LIVES_AT_MOST = 300
"""Seconds, after which it hangs."""


def place(backend: str, folder: Path) -> dict[str, str]:
    """Where the processes work: their environment, and the address of their database."""
    return {
        **os.environ,
        "SHOP_DATA_DIR": str(folder),
        "SHOP_DATABASE_URL": data_folders.made(backend, folder),
        "SHOP_BASE_URL": "http://localhost",
        "SHOP_SECRET_KEY": "a key for tests only",
        "SHOP_SMTP_URL": f"file://{folder / 'mail'}",
        "SHOP_MAIL_FROM": "Shop <shop@example.org>",
        "SHOP_STRIPE_SECRET_KEY": "",
    }


def run(
    environment: Mapping[str, str], script: str, *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    """Let a process live until it ends or is killed: `main(*arguments)` of a module of this folder."""
    said = Path(environment["SHOP_DATA_DIR"]) / "said"
    said.touch()
    process = forks().Process(target=_live, args=(dict(environment), said, script, arguments))
    process.start()
    process.join(LIVES_AT_MOST)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(said.read_text())
    return subprocess.CompletedProcess(
        [script, *arguments], process.exitcode, b"", said.read_bytes()
    )


def _live(environment: dict[str, str], said: Path, script: str, arguments: tuple[str, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with said.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    importlib.import_module(f"{__package__}.{script}").main(*arguments)


def asked(environment: Mapping[str, str], query: str) -> list[tuple[Any, ...]]:
    """What the database says."""
    engine = create_engine(environment["SHOP_DATABASE_URL"])
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def mails(environment: Mapping[str, str]) -> list[Path]:
    """What was sent."""
    return list((Path(environment["SHOP_DATA_DIR"]) / "mail").glob("*.eml"))
