"""Real processes on data of their own: started, killed, and looked at from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests import servers

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def place(backend: str, folder: Path) -> dict[str, str]:
    """Where the processes work: their environment, and the address of their database."""
    url = f"sqlite:///{folder / 'shop.sqlite3'}"
    if backend == "postgresql":
        url = servers.postgres().new_database()
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SHOP_DATA_DIR": str(folder),
        "SHOP_DATABASE_URL": url,
        "SHOP_BASE_URL": "http://localhost",
        "SHOP_SECRET_KEY": "a key for tests only",
        "SHOP_SMTP_URL": f"file://{folder / 'mail'}",
        "SHOP_MAIL_FROM": "Shop <shop@example.org>",
        "SHOP_STRIPE_SECRET_KEY": "",
    }


def run(
    environment: Mapping[str, str], script: str, *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    """Let a script of this folder live until it ends or is killed."""
    return subprocess.run(
        [sys.executable, str(HERE / script), *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )


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
