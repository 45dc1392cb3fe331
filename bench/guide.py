"""The guide from an empty Debian to a site: its commands are run, and the site must answer.

python -m bench.guide

The commands are read from docs/operating.md and run by a shell, in a folder that stands for the root of a machine. What
would change this machine is played by small stand-ins: apt-get and useradd do nothing; `su postgres` asks a PostgreSQL
of our own; systemd-run and systemctl start what the unit files say, as they say it, but without their sandbox; certbot
makes a certificate that nobody signed; nginx listens on other ports. Packages are not installed anew but taken from the
environment that runs this. Needs nginx, openssl and PostgreSQL's client (or the tests' packages). Ends with 1 when a
command fails, a unit is wrong (systemd-analyze, where there is one), or the site does not answer by HTTPS.
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
HEADING = "## From an empty Debian to a site"
OF_THE_MACHINE = (
    "/srv/bookstall",
    "/var/lib/bookstall",
    "/var/cache/bookstall",
    "/var/cache/nginx",
    "/var/run/postgresql",
    "/etc/bookstall.env",
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
    "su": 'PGHOST="$SOCKETS" PGUSER=postgres PATH="$PROGRAMS:$PATH" exec sh -c "$3"',
    "systemd-run": 'exec "$PYTHON" -m bench.guide --run "$@"',
    "systemctl": 'exec "$PYTHON" -m bench.guide --systemctl "$@"',
    "certbot": 'for name in "$HOST_NAME" YOUR.NAME; do mkdir -p "$MACHINE/etc/letsencrypt/live/$name" && '
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=$name "
    '-keyout "$MACHINE/etc/letsencrypt/live/$name/privkey.pem" '
    '-out "$MACHINE/etc/letsencrypt/live/$name/fullchain.pem" 2>/dev/null; done',
    "nginx": 'exec /usr/sbin/nginx -p "$MACHINE/etc/nginx" -c "$MACHINE/etc/nginx/nginx.conf" "$@"',
}
NGINX = """pid {machine}/nginx.pid; error_log {machine}/nginx.log; user {user};
events {{}} http {{ include /etc/nginx/mime.types; access_log off; include {machine}/etc/nginx/conf.d/*.conf; }}
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
        done = subprocess.run(
            ["/bin/sh", "-eux", "-c", _commands(machine)], cwd=machine / "checkout", env=environment
        )
        try:
            if done.returncode:
                print(f"a command ended with {done.returncode}")
                return 1
            return max(_answers(ports["443"]), _units_are_right(machine))
        finally:
            for file in [*machine.glob("*.pid")]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(file.read_text()), signal.SIGTERM)


def _commands(machine: Path) -> str:
    """The guide's, after the one that builds the wheel."""
    text = GUIDE.read_text(encoding="utf-8")
    build = re.search(r"^python3 -m pip wheel .*$", text, re.MULTILINE)
    block = re.search(r"```sh\n(.*?)```", text[text.index(HEADING) :], re.DOTALL)
    if build is None or block is None:
        raise RuntimeError("the guide has no commands")
    commands = f"{build[0]} --no-build-isolation\n{block[1]}"
    here = next(path for path in sys.path if path.endswith("site-packages"))
    commands = re.sub(
        r"^(\S+)/bin/pip install --require-hashes.*$",
        rf'echo {here} > "$(echo \1/lib/python3*/site-packages)/packages.pth"',
        commands,
        flags=re.MULTILINE,
    )
    commands = commands.replace("python3 -m pip wheel", f"{sys.executable} -m pip wheel")
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
    for folder in ("etc/systemd/system", "etc/nginx/conf.d", "var/run"):
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
        "PATH": f"{stand_ins}:{os.environ['PATH']}",
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
            rf"(listen |--port |127\.0\.0\.1:|ListenStream=.*:){usual}\b", rf"\g<1>{ours}", text
        )
    return text


def _run_with_settings(words: list[str]) -> int:
    """What `systemd-run` does: a command with the settings of a file, and of its options."""
    environment = dict(os.environ)
    while words and words[0].startswith("--"):
        option, _, value = words.pop(0).partition("=")
        if option == "--property" and value.startswith("EnvironmentFile="):
            environment |= _settings_in(Path(value.partition("=")[2]))
        elif option == "--setenv":
            environment.update([value.split("=", 1)])
    secret = Path(os.environ["MACHINE"], "password")
    secret.write_text(PASSWORD)  # nobody sits here to type it
    environment.pop("PYTHONPATH")
    command = [*words, "--password-file", str(secret)]
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
            print(
                f"The site answers {answer.status}, and {'names' if says_so else 'DOES NOT NAME'} its address."
            )
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
