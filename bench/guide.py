"""The guide from an empty Debian to a site, its upgrade, the way back, a backup and its trial: the commands are run.

python -m bench.guide

The commands are read from docs/operating.md and run by a shell, in a folder that stands for the root of a machine. What
would change this machine is played by small stand-ins: apt-get and useradd do nothing; `su` asks a PostgreSQL of our
own; systemd-run and systemctl start what the unit files say, as they say it, but without their sandbox; certbot
makes a certificate that nobody signed; nginx listens on other ports. Packages are not installed anew but taken from the
environment that runs this. Needs nginx, openssl and PostgreSQL's client (or the tests' packages). Ends with 1 when a
command fails, a unit is wrong (systemd-analyze, where there is one), or the site does not answer by HTTPS after each
part.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.harness import ROOT, end_within, free_port
from tests import servers

ENDS_WITHIN = 1800.0
GUIDE = ROOT / "docs" / "operating.md"
DEBIAN, BACKUP = "## From an empty Debian to a site", "## Backup and upgrade"
PARTS = (
    ("a site", DEBIAN, 0),
    ("an upgrade", DEBIAN, 1),
    ("the way back", DEBIAN, 2),
    ("a backup", BACKUP, 0),
    ("its trial", BACKUP, 2),
)
"""What is followed: its name, and which block of commands below which heading says it."""
OF_THE_MACHINE = (
    "/srv/bookstall",
    "/var/lib/bookstall",
    "/var/cache/bookstall",
    "/var/cache/nginx",
    "/var/run/postgresql",
    "/etc/bookstall.env",
    "/etc/trial.env",
    "/etc/credstore.encrypted",
    "/usr/local/bin",
    "/srv/trial",
    "/backups",
    "/etc/systemd/system",
    "/etc/nginx",
    "/etc/letsencrypt",
)
PASSWORD = "guide-words-of-a-bench"  # noqa: S105 - of a site that lives for a minute
NAME = "shop.example"
STAND_INS = {
    "apt-get": "exit 0",
    "useradd": "exit 0",
    "install": 'for word; do shift; [ "$word" = -o ] && skip=1 && continue; '
    '[ -n "$skip" ] && skip= && continue; set -- "$@" "$word"; done; exec /usr/bin/install "$@"',
    "su": 'PGHOST="$SOCKETS" PGUSER=postgres PATH="$PROGRAMS:$PATH" exec sh -c "$4"',
    "systemd-run": 'exec "$PYTHON" -m bench.guide --run "$@"',
    "systemctl": 'exec "$PYTHON" -m bench.guide --systemctl "$@"',
    "certbot": 'live="$MACHINE/etc/letsencrypt/live/$HOST_NAME"; mkdir -p "$live" && '
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=$HOST_NAME "
    '-keyout "$live/privkey.pem" -out "$live/fullchain.pem" 2>/dev/null',
    "nginx": 'exec /usr/sbin/nginx -p "$MACHINE/etc/nginx" -c "$MACHINE/etc/nginx/nginx.conf" "$@"',
}
NGINX = """pid {machine}/nginx.pid; error_log {machine}/nginx.log; user {user};
events {{}} http {{ include /etc/nginx/mime.types; default_type application/octet-stream; access_log off;
    include {machine}/etc/nginx/conf.d/*.conf; }}
"""


def main() -> int:
    """Follow the guide, or be one of its stand-ins."""
    if sys.argv[1:2] == ["--run"]:
        return _run_with_settings(sys.argv[2:])
    if sys.argv[1:2] == ["--systemctl"]:
        return _systemctl(sys.argv[2:])
    end_within(ENDS_WITHIN)
    with tempfile.TemporaryDirectory(prefix="shop-guide-") as name:
        return _follow(Path(name))


def _follow(machine: Path) -> int:
    machine.chmod(0o755)
    ports = {"80": free_port(), "443": free_port(), "8000": free_port()}
    with _environment(machine, ports) as environment:
        try:
            for name, heading, number in PARTS:
                commands = ["/bin/sh", "-eux", "-c", _commands(machine, heading, number)]
                done = subprocess.run(commands, cwd=machine / "checkout", env=environment)
                if done.returncode:
                    print(f"{name}: a command ended with {done.returncode}")
                    return 1
                print(f"After {name}:")
                if _answers(ports["443"]):
                    return 1
            return _units_are_right(machine)
        finally:
            for file in [*machine.glob("*.pid")]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(file.read_text()), signal.SIGTERM)


def _commands(machine: Path, heading: str, number: int) -> str:
    """Those of a block below a heading, as they are run here."""
    text = GUIDE.read_text(encoding="utf-8")
    commands: str = re.findall(r"```sh\n(.*?)```", text[text.index(heading) :], re.DOTALL)[number]
    commands = re.sub(
        r"(?:python3 -m venv \.tools && )?\.tools/bin/pip wheel (.*)",
        rf"{sys.executable} -m pip wheel \1 --no-build-isolation",
        commands,
    )
    here = next(path for path in sys.path if path.endswith("site-packages"))
    commands = re.sub(
        r"^(\S+)/bin/pip install --require-hashes.*$",
        rf'echo {here} > "$(echo \1/lib/python3*/site-packages)/packages.pth"',
        commands,
        flags=re.MULTILINE,
    )
    commands = commands.replace("python3 -m venv", f"{sys.executable} -m venv")
    for place in OF_THE_MACHINE:
        commands = commands.replace(place, f"{machine}{place}")
    return commands


@contextlib.contextmanager
def _environment(machine: Path, ports: dict[str, int]) -> Iterator[dict[str, str]]:
    stand_ins = machine / "stand-ins"
    stand_ins.mkdir()
    for name, script in STAND_INS.items():
        (stand_ins / name).write_text(f"#!/bin/sh\n{script}\n")
        (stand_ins / name).chmod(0o755)
    for folder in ("etc/systemd/system", "etc/nginx/conf.d", "usr/local/bin", "var/run"):
        (machine / folder).mkdir(parents=True)
    user = "root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
    (machine / "etc/nginx/nginx.conf").write_text(NGINX.format(machine=machine, user=user))
    _check_out(machine, ports)
    sockets = servers.postgres().folder
    (machine / "var/run/postgresql").symlink_to(sockets)
    account = servers.unprivileged_account()
    programs = servers.postgres_binaries(machine / "programs", account)
    kept = {name: value for name, value in os.environ.items() if name[:5] != "SHOP_"}
    yield {
        **kept,
        "PATH": f"{stand_ins}:{machine}/usr/local/bin:{os.environ['PATH']}",
        "PORT": str(ports["8000"]),
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "MACHINE": str(machine),
        "SOCKETS": str(sockets),
        "PROGRAMS": str(programs),
        "HOST_NAME": NAME,
    }


def _check_out(machine: Path, ports: dict[str, int]) -> None:
    """A checkout in which every place and port is one of this machine's."""
    shutil.copytree(
        ROOT,
        machine / "checkout",
        ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", "tests", "instance", "bench"),
    )
    (machine / "programs").mkdir(mode=0o755)
    for file in [*(machine / "checkout/deploy/nginx").rglob("*.conf")]:
        file.write_text(_moved(file.read_text(), machine, ports))
    for file in (machine / "checkout/deploy/systemd").iterdir():
        file.write_text(_moved(file.read_text(), machine, ports))


def _moved(text: str, machine: Path, ports: dict[str, int]) -> str:
    for place in OF_THE_MACHINE:
        text = text.replace(place, f"{machine}{place}")
    for usual, ours in ports.items():
        text = re.sub(
            rf"(listen |listen \[::\]:|--port |127\.0\.0\.1:|ListenStream=.*:){usual}\b",
            rf"\g<1>{ours}",
            text,
        )
    return text


def _run_with_settings(words: list[str]) -> int:
    """What `systemd-run` does: a command with the settings of a file. Nobody sits here to type secrets."""
    environment = dict(os.environ)
    while words and words[0].startswith("--"):
        option, _, value = words.pop(0).partition("=")
        if option == "--property" and value.startswith("EnvironmentFile="):
            environment |= _settings_in(Path(value.partition("=")[2]))
    secret = Path(os.environ["MACHINE"], "password")
    secret.write_text(PASSWORD)
    environment.pop("PYTHONPATH")
    more = {
        "init": ["--password-file", str(secret)],
        "backup": ["--passphrase-file", str(secret)],
        "restore": ["--passphrase-file", str(secret)],
        "restart": ["--port", os.environ["PORT"]],
    }
    command = [*words, *more.get(words[1], [])]
    return subprocess.run(command, env=environment, check=False).returncode


def _settings_in(file: Path) -> dict[str, str]:
    lines = file.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)  # type: ignore[misc]


def _systemctl(words: list[str]) -> int:
    machine = Path(os.environ["MACHINE"])
    if words[:2] == ["enable", "--now"]:
        for unit in words[2:]:
            _start(machine, unit)
    elif words == ["reload", "nginx"]:
        subprocess.run([os.environ["MACHINE"] + "/stand-ins/nginx"], check=True)
    elif words == ["restart", "bookstall-worker@*"]:
        for file in machine.glob("bookstall-worker@*.pid"):
            os.kill(int(file.read_text()), signal.SIGTERM)
            _start(machine, file.stem)
    return 0


def _start(machine: Path, unit: str) -> None:
    """Start what a service says, with its environment. The socket's unit has nothing to start."""
    name = re.sub(r"@\d+$", "@.service", unit)
    text = (machine / "etc/systemd/system" / name).read_text()
    started = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
    if started is None:
        return
    environment = dict(os.environ)
    for file in re.findall(r"^EnvironmentFile=(.*)$", text, re.MULTILINE):
        environment |= _settings_in(Path(file))
    for line in re.findall(r"^Environment=(.*)$", text, re.MULTILINE):
        environment |= dict(each.split("=", 1) for each in line.split())
    environment.pop("PYTHONPATH")
    with (machine / f"{unit}.log").open("wb") as log:
        process = subprocess.Popen(started[1].split(), env=environment, stdout=log, stderr=log)
    (machine / f"{unit}.pid").write_text(str(process.pid))


def _answers(port: int) -> int:
    """0 when the front page comes by HTTPS and names the guide's address."""
    context = ssl._create_unverified_context()  # noqa: SLF001, S323 - nobody signed it
    asked = urllib.request.Request(f"https://127.0.0.1:{port}/", headers={"Host": NAME})
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(asked, timeout=30, context=context) as answer,  # noqa: S310
        ):
            says_so = f'<link rel="canonical" href="https://{NAME}/">' in answer.read().decode()
            says_so &= answer.headers.get_content_type() == "text/html"
            what = "with a page that names" if says_so else "WITHOUT a page that names"
            print(f"The site answers {answer.status} {what} its address.")
            return 0 if says_so else 1
        time.sleep(0.5)
    print("the site did not answer")
    return 1


def _units_are_right(machine: Path) -> int:
    if shutil.which("systemd-analyze") is None:
        return 0
    units = sorted((machine / "etc/systemd/system").iterdir())
    command = ["systemd-analyze", "verify", "--man=no", *map(str, units)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    ours = [line for line in said.splitlines() if "bookstall" in line]
    for line in ours:
        print(line)
    return 1 if ours else 0


if __name__ == "__main__":
    sys.exit(main())
