"""The whole on one machine, as plain processes: nginx, two hosts of Bookstall, PostgreSQL, Valkey.

    python3 deploy/processes.py FOLDER [--port 8080]

Needs PostgreSQL, Valkey (or Redis) and nginx on the machine (on Debian: apt-get install postgresql valkey nginx; they
need not run), Bookstall in the environment of the Python that runs this, and nothing else. The folder is made when it
is missing: database, files, logs and a secret key are kept there. Each host is `shop run --no-jobs` and `shop worker`
with a data folder of its own, as if it were a machine of its own. Settings come from the environment (SHOP_...).

Whatever ends is started again: at once, and ever later when it ends again at once. Ctrl-C or SIGTERM ends all. To
upgrade without refusing anybody, run `FOLDER/shop-1 restart --port 8081`, then `FOLDER/shop-2 restart --port 8082`.
`FOLDER/shop-1` is the command `shop` with the settings of this site: `FOLDER/shop-1 user add --role owner EMAIL`.

For a machine of which more is asked, take the systemd units or the compose file beside this.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

DEPLOY = Path(__file__).resolve().parent
HOSTS = (1, 2)
YOUNG_SECONDS, FIRST_PAUSE, LONGEST_PAUSE = 10.0, 0.2, 10.0
STARTED_WITHIN = 300.0
ENDS_WITHIN = 45.0
PR_SET_PDEATHSIG = 1
NGINX = """daemon off; pid {folder}/pid; error_log stderr; worker_processes auto;{user}
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    include /etc/nginx/mime.types; access_log off; sendfile on;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream bookstall {{ {servers} keepalive 32; keepalive_timeout 4s; }}
    include bookstall/maps.conf;
    server {{ listen {port}; include bookstall/site.conf; }}
}}
"""


@dataclass
class Program:
    """A program that is to run: started again whenever it ends."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    folder: Path
    account: pwd.struct_passwd | None = None
    ends_by: signal.Signals = signal.SIGTERM
    _process: subprocess.Popen[bytes] | None = None
    _started_at: float = 0.0
    _starts_at: float = 0.0
    _pause: float = 0.0

    def keep_running(self) -> None:
        """Start it if it does not run and its pause is over."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            say(f"{self.name} ended with {self._process.returncode}")
            self._process = None
            is_young = now - self._started_at < YOUNG_SECONDS
            self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE) if is_young else 0.0
            self._starts_at = now + self._pause
        if self._process is None and now >= self._starts_at:
            self._start(now)

    def _start(self, now: float) -> None:
        with (self.folder / "logs" / self.name).open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd="/",
                stdout=log,
                stderr=log,
                preexec_fn=end_with_us,
                **as_account(self.account),
            )
        self._started_at = now
        (self.folder / "pids" / self.name).write_text(str(self._process.pid))

    def end(self) -> None:
        """Tell it to end, and wait."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(self.ends_by)
        try:
            self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass
class Site:
    """Where everything is, and what stands where."""

    folder: Path
    port: int
    workers: int
    shop: list[str]
    postgres: Path
    valkey: str
    nginx: str
    account: pwd.struct_passwd | None = field(default_factory=lambda: unprivileged())

    def programs(self) -> Iterator[Program]:
        """In the order in which they start; the tables are made between the second and the third."""
        database = self.folder / "postgres"
        listening = ["-c", "listen_addresses=", "-k", str(database)]
        yield self._program(
            "postgres",
            [str(self.postgres / "postgres"), "-D", str(database / "data"), *listening],
            account=self.account,
            ends_by=signal.SIGINT,
        )
        limits = ["--save", "", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
        socket_of = ["--port", "0", "--unixsocket", str(self.folder / "valkey.sock")]
        yield self._program("valkey", [self.valkey, *socket_of, *limits])
        for number in HOSTS:
            serve = [*self.shop, "run", "--port", str(self.port_of(number)), "--no-jobs"]
            serve += ["--workers", str(self.workers)]
            yield self._program(f"web-{number}", serve, number)
            yield self._program(f"worker-{number}", [*self.shop, "worker"], number)
        prefix = self.folder / "nginx"
        command = [self.nginx, "-p", str(prefix), "-c", str(prefix / "nginx.conf")]
        yield self._program("nginx", command, ends_by=signal.SIGQUIT)

    def _program(
        self,
        name: str,
        command: Sequence[str],
        host: int = 0,
        *,
        account: pwd.struct_passwd | None = None,
        ends_by: signal.Signals = signal.SIGTERM,
    ) -> Program:
        environment = self.environment(host) if host else dict(os.environ)
        return Program(name, command, environment, self.folder, account, ends_by)

    def port_of(self, host: int) -> int:
        return self.port + host

    def environment(self, host: int) -> dict[str, str]:
        """The settings of a host; what the environment of this command says goes before."""
        ours = {
            "SHOP_DATABASE_URL": f"postgresql://postgres@/postgres?host={self.folder / 'postgres'}",
            "SHOP_VALKEY_URL": f"unix://{self.folder / 'valkey.sock'}",
            "SHOP_SECRET_KEY": kept_key(self.folder / "secret_key"),
            "SHOP_FRONT_DIR": str(self.folder / "front"),
            "SHOP_BASE_URL": f"http://127.0.0.1:{self.port}",
            "SHOP_TRUSTED_PROXIES": "1",
        }
        return {**ours, **os.environ, "SHOP_DATA_DIR": str(self.folder / f"host-{host}")}

    def prepare(self) -> None:
        """Make what is missing in the folder."""
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        for name in ("logs", "pids", "nginx", "files", *(f"host-{number}" for number in HOSTS)):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        for number in HOSTS:
            self._write_command(number)
            shared = self.folder / f"host-{number}" / "files"  # one place for all hosts
            if not shared.exists():
                shared.symlink_to(self.folder / "files")
        self._write_nginx()
        data = self.folder / "postgres" / "data"
        if not (data / "PG_VERSION").exists():
            make_database(self.postgres, data, self.account)

    def _write_command(self, host: int) -> None:
        """`shop` with the settings of a host, for whoever runs this."""
        settings = {k: v for k, v in self.environment(host).items() if k.startswith("SHOP_")}
        exports = "\n".join(
            f"export {name}={shlex.quote(value)}" for name, value in settings.items()
        )
        script = self.folder / f"shop-{host}"
        script.touch(mode=0o700)
        script.write_text(f'#!/bin/sh\n{exports}\nexec {shlex.join(self.shop)} "$@"\n')

    def _write_nginx(self) -> None:
        prefix = self.folder / "nginx"
        shutil.copytree(DEPLOY / "nginx" / "bookstall", prefix / "bookstall", dirs_exist_ok=True)
        for file in (prefix / "bookstall").iterdir():
            text = file.read_text().replace("/var/cache/nginx/bookstall", str(prefix / "cache"))
            file.write_text(text.replace("/var/cache/bookstall", str(self.folder / "front")))
        servers = " ".join(
            f"server 127.0.0.1:{self.port_of(number)} max_fails=5 fail_timeout=2s;"
            for number in HOSTS
        )
        user = " user root;" if os.geteuid() == 0 else ""
        whole = NGINX.format(folder=prefix, servers=servers, port=self.port, user=user)
        (prefix / "nginx.conf").write_text(whole)


def main() -> int:
    """Bring everything up, and keep it up until told to end."""
    site = asked()
    told_to_end = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_end.append(1))
    site.prepare()
    programs = list(site.programs())
    begun: list[Program] = []

    def keep_up_until(is_so: Callable[[], bool]) -> None:
        while not told_to_end and not is_so():
            for each in begun:
                each.keep_running()
            time.sleep(0.05)

    try:
        begun += programs[:2]
        keep_up_until(within(lambda: (site.folder / "postgres" / ".s.PGSQL.5432").exists()))
        upgrade = [*site.shop, "db", "upgrade"]
        if not told_to_end:
            subprocess.run(upgrade, env=site.environment(HOSTS[0]), check=True)
        begun += programs[2:]
        keep_up_until(within(lambda: answers(site.port)))
        say(f"http://127.0.0.1:{site.port}/ answers. Ctrl-C ends it.")
        keep_up_until(lambda: False)
    finally:
        for each in reversed(begun):
            each.end()
    return 0


def asked() -> Site:
    """What the command line says, and where the programs are."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8080, help="the hosts take the two after it")
    parser.add_argument("--workers", type=int, default=2, help="processes of each web server")
    parser.add_argument("--shop", type=shlex.split, help="the command, if not beside this Python")
    parser.add_argument("--postgres", type=Path, help="the folder of PostgreSQL's programs")
    parser.add_argument("--valkey", help="valkey-server or redis-server")
    given = parser.parse_args()
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = shutil.which("postgres") or (debian and debian[-1])
    postgres = given.postgres or (found and Path(found).parent)
    valkey = given.valkey or shutil.which("valkey-server") or shutil.which("redis-server")
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    for name, place in (("PostgreSQL", postgres), ("Valkey", valkey), ("nginx", nginx)):
        if not place:
            parser.error(f"{name} is not on this machine")
    shop = given.shop or [str(Path(sys.executable).parent / "shop")]
    return Site(given.folder.resolve(), given.port, given.workers, shop, postgres, valkey, nginx)


def make_database(postgres: Path, data: Path, account: pwd.struct_passwd | None) -> None:
    """An empty database cluster that only this machine's root and its own user reach, by a socket in its folder."""
    data.parent.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(data.parent, account.pw_uid, account.pw_gid)
    encoding = ["--encoding=UTF8", "--locale=C.UTF-8", *locales_of(postgres)]
    command = [str(postgres / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust"]
    subprocess.run(
        [*command, *encoding], check=True, cwd="/", stdout=subprocess.DEVNULL, **as_account(account)
    )


def locales_of(postgres: Path) -> list[str]:
    """PostgreSQL brings its own since version 17; before, and so on Debian 12, it takes those of the machine."""
    said = subprocess.run(
        [str(postgres / "initdb"), "--version"], check=True, capture_output=True, text=True
    ).stdout
    version = re.search(r"\d+", said.rpartition("PostgreSQL")[2])
    return ["--locale-provider=builtin"] if version and int(version[0]) >= 17 else []


def unprivileged() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL, which refuses to run as root; None for whoever we are."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def as_account(account: pwd.struct_passwd | None) -> dict[str, object]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def end_with_us() -> None:
    """Let the kernel end a program when this one is gone, so that nothing goes on without anybody."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def kept_key(file: Path) -> str:
    """The secret key of this site, made at the first start."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text()


def answers(port: int) -> bool:
    """Whether the site answers through nginx."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as client:
        client.settimeout(5)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return client.recv(12) == b"HTTP/1.1 200"
    return False


def within(is_so: Callable[[], bool]) -> Callable[[], bool]:
    """The same question, which gives up after a while.

    Raises:
        TimeoutError: then.
    """
    until = time.monotonic() + STARTED_WITHIN

    def ask() -> bool:
        if time.monotonic() > until:
            raise TimeoutError("it did not start; FOLDER/logs says why")
        return is_so()

    return ask


def say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main())
