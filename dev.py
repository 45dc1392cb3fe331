#!/usr/bin/env python3
"""Make the environment, then show the site or test it.

    python3 dev.py demo [--host 127.0.0.1] [--port 8000] [--fresh] [--language en|de|ar]
    python3 dev.py test [arguments for pytest]

It needs a Python and nothing else, so it imports the standard library only, and keeps to a syntax
that an old Python can read far enough to be told that it is too old.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the reader's Python may be older than ours
    sys.exit(
        f"Bookstall needs Python 3.11 to 3.13; this is {sys.version.split()[0]}. "
        "Install a newer one and run: python3.11 dev.py " + (" ".join(sys.argv[1:]) or "demo")
    )

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import queue
import re
import shlex
import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
BUILD_LOCK = ROOT / "requirements-build.lock"
BUILD_TOOLS = VENV / "build-tools"

NEWEST_PYTHON = (3, 13)
EXACTLY = ("--no-deps", "--no-compile", "--require-hashes", "-r")
SILENCE_LIMIT = 3.0  # seconds after which a reader may think that it hangs
INTERRUPTED = 130  # what a shell expects after Ctrl-C
TESTS_FAILED = 1  # of pytest's exit codes the one that says that all were tried
MOST_TRIED_AGAIN = 5

HEARD: dict[str, Any] = {
    "stdout": subprocess.PIPE,
    "stderr": subprocess.STDOUT,
    "text": True,
    "errors": "replace",
}
Lines = queue.SimpleQueue[str | None]


def main(argv: Sequence[str]) -> int:
    arguments, for_pytest = parse(argv)
    run_under_a_tested_python()
    leave_the_environment_about_to_change()
    if arguments.command == "demo":
        ensure_environment(RUNTIME_LOCK)
        show(arguments)
    with browser_by_apt():
        ensure_environment(DEV_LOCK)
    return test(for_pytest)


def parse(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """What to do, and what follows `test`, which is pytest's to understand."""
    parser = argparse.ArgumentParser(
        prog="dev.py", description="Start the demo site, or run the tests."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="start a site with demo content")
    demo.add_argument("--host", default="127.0.0.1")
    demo.add_argument("--port", default=8000, type=int)
    demo.add_argument("--fresh", action="store_true", help="delete all data and start over")
    demo.add_argument("--language", choices=("en", "de", "ar"), help="what its pages speak")
    commands.add_parser(
        "test",
        help="run linters, type checks and all tests; with arguments: only pytest",
        add_help=False,
    )
    arguments, rest = parser.parse_known_args(argv)
    if rest and arguments.command != "test":
        parser.error("unrecognized arguments: " + " ".join(rest))
    return arguments, rest


def run_under_a_tested_python() -> None:
    """Where the newest Python is newer than we have tested, an older one often lies beside it."""
    if sys.version_info[:2] <= NEWEST_PYTHON:
        return
    names = ("python3.13", "python3.12", "python3.11")
    for python in filter(None, map(shutil.which, names)):
        # A version manager's shim may stand for a Python that is not there.
        if subprocess.run([python, "--version"], capture_output=True).returncode == 0:
            os.execv(python, [python, *sys.argv])
    sys.exit(
        f"Bookstall is tested with Python 3.11 to 3.13, and this is Python {python_version()}. "
        "Install one of those and run: python3.13 dev.py " + " ".join(sys.argv[1:])
    )


def leave_the_environment_about_to_change() -> None:
    """Run under the Python that .venv was made from: .venv may have to be thrown away."""
    base = getattr(sys, "_base_executable", sys.executable)
    if Path(sys.prefix) == VENV and base != sys.executable:
        os.execv(base, [base, *sys.argv])


# The environment


def ensure_environment(lock: Path) -> None:
    """Install what `lock` names into .venv, unless that was done before."""
    if is_current(lock):
        return
    with one_at_a_time():
        if is_current(lock):
            return
        installed = read_stamp()
        if is_reusable(installed):
            # From here until the new stamp is written, a kill leaves no stamp: a half-made .venv.
            STAMP.unlink()
        else:
            installed = {}
            create_environment()
        install_locked(lock)
        install_bookstall()
        write_stamp(installed, lock)


def is_current(lock: Path) -> bool:
    installed = read_stamp()
    return (
        is_reusable(installed)
        and installed.get(lock.name) == digest(lock)
        and installed.get("pyproject.toml") == digest(ROOT / "pyproject.toml")
    )


def is_reusable(installed: dict[str, str]) -> bool:
    """Whole, made by this minor version of Python, and not moved: its scripts name their folder."""
    return (
        installed.get("python") == python_version()
        and installed.get("folder") == str(VENV)
        and PYTHON.exists()
    )


def read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(installed: dict[str, str], lock: Path) -> None:
    # The development lock holds everything that the runtime lock holds.
    locks = [RUNTIME_LOCK, DEV_LOCK] if lock == DEV_LOCK else [RUNTIME_LOCK]
    stamp = installed | {path.name: digest(path) for path in [*locks, ROOT / "pyproject.toml"]}
    stamp |= {"python": python_version(), "folder": str(VENV)}
    whole = STAMP.with_suffix(".part")
    whole.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    whole.replace(STAMP)


def python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        sys.exit(f"{path.name} is missing from {ROOT}: is this a complete checkout?")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two of us installing into one .venv would each break the other's.

    pip inherits the lock: when we are killed and it lives on, the next of us waits for it.
    """
    with (ROOT / ".venv.lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another dev.py is installing. Waiting for it to finish.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def create_environment() -> None:
    try:
        import ensurepip  # noqa: F401 - Debian packages it apart from Python
        import venv
    except ImportError:
        sys.exit(
            "This Python does not include venv and ensurepip. "
            f"On Debian and Ubuntu: apt install python{python_version()}-venv"
        )
    say(f"Making .venv with Python {python_version()} ...")
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"Python could not make .venv: {error}")
    # Older Pythons put it into every environment. A site that runs builds nothing.
    uninstall = [str(PYTHON), "-m", "pip", "uninstall", "--yes", "setuptools"]
    run_pip(uninstall, InstallProgress(total=1))


def install_locked(lock: Path) -> None:
    """Install exactly the locked versions, each file checked against its hash.

    Nothing is compiled ahead: the first start compiles what it imports, which is a fraction, and keeps it.
    """
    command = [*pip("install"), *EXACTLY, str(lock)]
    started = time.monotonic()
    progress = InstallProgress(total=packages_in(lock))
    run_pip(command, progress)
    progress.finish(f"Installed {progress.total} packages in {time.monotonic() - started:.0f} s.")


def install_bookstall() -> None:
    """Build and install ourselves, with locked tools that lie apart from the rest and go when they are done."""
    progress = InstallProgress(total=packages_in(BUILD_LOCK) + 1)
    progress.show("Installing Bookstall itself")
    shutil.rmtree(BUILD_TOOLS, ignore_errors=True)
    run_pip([*pip("install"), "--target", str(BUILD_TOOLS), *EXACTLY, str(BUILD_LOCK)], progress)
    run_pip(
        [*pip("install"), "--no-index", "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
        progress,
        PYTHONPATH=str(BUILD_TOOLS),
    )
    shutil.rmtree(BUILD_TOOLS)
    progress.finish("Bookstall is installed.")


def pip(verb: str) -> list[str]:
    return [str(PYTHON), "-m", "pip", verb, "--no-input", "--progress-bar", "off"]


def run_pip(command: Sequence[str], progress: "InstallProgress", **more: str) -> None:
    """Run pip, telling what it does; on failure end with its own last words."""
    # A person's PIP_* settings stand, but for two that would turn an install into .venv away.
    environment = os.environ | {
        "PIP_USER": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONUNBUFFERED": "1",
        **more,
    }
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        **HEARD,
        close_fds=False,  # it inherits the lock
    )
    last_words: deque[str] = deque(maxlen=25)
    try:
        for line in lines_or_ticks(heard(process)):
            if line is None:
                progress.tick()
            else:
                last_words.append(line)
                progress.hear(line)
    except BaseException:
        process.kill()
        process.wait()
        progress.clear()
        raise
    if process.wait() != 0:
        progress.clear()
        sys.exit("\n".join([*last_words, "", f"pip failed: {shlex.join(command)}"]))


def lines_or_ticks(lines: "Lines") -> Iterator[str | None]:
    """The lines that a process prints, and None whenever it has been quiet for a moment."""
    while True:
        try:
            line = lines.get(timeout=0.25)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line


def heard(process: "subprocess.Popen[str]") -> "Lines":
    """The lines that a process prints, kept until they are taken; None at the end."""
    lines: Lines = queue.SimpleQueue()

    def listen() -> None:
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            lines.put(line.rstrip())
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    return lines


class InstallProgress:
    """Turns what pip prints into "which of how many": live on a terminal, else in a few lines."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._collected = 0
        self._installing = False
        self._already_there = 0
        self._text = ""
        self._shown_at = 0.0
        self._live = sys.stdout.isatty()

    def hear(self, line: str) -> None:
        words = line.split()
        if not words:
            return
        if line.startswith("Ignoring "):  # meant for another system or another Python
            self.total -= 1
        elif line.startswith(("Collecting ", "Requirement already satisfied: ")):
            self._collected += 1
            name = line.removeprefix("Requirement already satisfied:").removeprefix("Collecting")
            self._report(f"Fetching {self._collected} of {self.total}: {name.split()[0]}")
        elif words[0] == "Downloading":
            self._report(f"Fetching {self._collected} of {self.total}: {' '.join(words[1:])}")
        elif line.startswith("Installing collected packages: "):
            self._installing = True
            self._already_there = packages_in_environment()

    def tick(self) -> None:
        """pip says nothing while it unpacks, nor in a long download: look, and say so."""
        if self._installing:
            unpacked = min(packages_in_environment() - self._already_there, self.total)
            self._report(f"Installing {unpacked} of {self.total}")
        elif time.monotonic() - self._shown_at > SILENCE_LIMIT:
            self.show(self._text or "Asking pip")

    def _report(self, text: str) -> None:
        """Show it now on a terminal; in a log, often enough to see that it moves."""
        self._text = text
        if self._live or time.monotonic() - self._shown_at > SILENCE_LIMIT / 2:
            self.show(text)

    def show(self, text: str) -> None:
        self._text = text
        self._shown_at = time.monotonic()
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{text} ..."[: width + 4], end="", flush=True)
        else:
            say(f"{text} ...")

    def clear(self) -> None:
        if self._live:
            print("\r\033[K", end="", flush=True)

    def finish(self, text: str) -> None:
        self.clear()
        say(text)


def packages_in(lock: Path) -> int:
    return len(re.findall(r"^\w", lock.read_text("utf-8"), re.MULTILINE))


def packages_in_environment() -> int:
    return sum(1 for _ in VENV.glob("lib/python*/site-packages/*.dist-info"))


def keeping_bytecode() -> dict[str, str]:
    """An environment in which Python compiles each module once, for all processes, into .venv and nowhere else.

    Many a container forbids it (PYTHONDONTWRITEBYTECODE): then every process would compile SQLAlchemy anew, which
    doubles the start, and the tests start a hundred processes.
    """
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    return environment | {"PYTHONPYCACHEPREFIX": str(VENV / "pycache")}


# The demo


def show(arguments: argparse.Namespace) -> None:
    """Become the demo, so that signals reach it directly. Does not return."""
    shop = VENV / "bin" / "shop"
    command = [str(shop), "demo", "--host", arguments.host, "--port", str(arguments.port)]
    if arguments.fresh:
        command.append("--fresh")
    if arguments.language:
        command += ["--language", arguments.language]
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execve(shop, command, keeping_bytecode())


# The tests


CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    # Without its cache, which takes a module that became a package for something else.
    "import contracts": ["lint-imports", "--no-cache"],
}


def test(for_pytest: Sequence[str]) -> int:
    """Every check, failed or not, beside pytest, whose words come last, so that its count is the last line.

    A few tests that failed beside all others are tried once more, alone: a machine that stops for seconds makes a
    browser or a server late. What is wrong fails again.
    """
    environment = keeping_bytecode() | {"SHOP_TEST_CHROMIUM": str(chromium())}
    pytest = [str(PYTHON), "-m", "pytest"]
    if for_pytest:
        return run([*pytest, *for_pytest], environment)
    pytest += ["-n", str(cores()), "--dist", "worksteal"]
    if sys.stdout.isatty():
        pytest.append("--color=yes")  # it does not see the terminal through us
    with running(pytest, environment, **HEARD) as tests:
        lines = heard(tests)
        failed = [name for name in CHECKS if not passes(name, environment)]
        heading("pytest")
        if failed:
            say(f"These checks failed: {', '.join(failed)}. See above. The tests run anyway.")
        for line in lines_or_ticks(lines):
            if line is not None:
                say(line)
            elif tests.poll() is not None:
                break  # what it left behind keeps the pipe open
    result = tests.returncode
    if result == TESTS_FAILED and 0 < len(last_failed()) <= MOST_TRIED_AGAIN:
        heading("pytest, once more, for those that failed")
        alone = [str(PYTHON), "-m", "pytest", "--last-failed", "--last-failed-no-failures=none"]
        result = run(alone, environment)
    return result or (1 if failed else 0)


def last_failed() -> list[str]:
    """The tests that failed in the last run, as pytest keeps them."""
    try:
        kept = json.loads((ROOT / ".pytest_cache/v/cache/lastfailed").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return list(kept)


def passes(check: str, environment: dict[str, str]) -> bool:
    heading(check)
    tool, *arguments = CHECKS[check]
    return run([str(VENV / "bin" / tool), *arguments], environment) == 0


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run to the end; what it returned."""
    with running(command, environment) as process:
        process.wait()
    return process.returncode


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: dict[str, str], **options: Any
) -> "Iterator[subprocess.Popen[Any]]":
    """A process that ends with us; after Ctrl-C, which it hears too, let it stop its servers first."""
    with subprocess.Popen(command, cwd=ROOT, env=environment, **options) as process:
        try:
            yield process
        except KeyboardInterrupt:
            try:
                process.wait(timeout=15)
            except (KeyboardInterrupt, subprocess.TimeoutExpired):
                process.kill()
            raise


def cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# The browser


@contextlib.contextmanager
def browser_by_apt() -> Iterator[None]:
    """Let apt install Chromium's headless shell meanwhile, where there is none and that is easily done.

    A whole Chromium draws the window around each page too, which takes nearly three times as long.
    """
    found = find_chromium()
    if not can_apt_install() or (found and is_shell(found)):
        yield
        return
    names = ["chromium-headless-shell"] if found else ["chromium-headless-shell", "chromium"]
    said: list[str] = []
    installing = threading.Thread(target=install_by_apt, args=(names, said))
    installing.start()
    try:
        yield
    finally:
        installing.join()
        heading("Chromium for the browser tests")
        say("\n".join(said))


def install_by_apt(names: Sequence[str], said: list[str]) -> None:
    """Install the first package that can be; what apt says is for later, when nothing else speaks."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}

    def apt(*words: str) -> bool:
        command = ["apt-get", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, **HEARD)
        said.append(done.stdout)
        return done.returncode == 0

    # Chromium without a font draws boxes, and Debian only recommends them.
    install = ("install", "-y", "--no-install-recommends", "fonts-liberation")
    if apt("update"):
        any(apt(*install, name) for name in names)


def chromium() -> Path:
    """A Chromium that runs: what was found or installed by apt, else what Playwright brings."""
    found = find_chromium()
    if found is None:
        say("Installing Chromium for the browser tests ...")
        playwright = [str(PYTHON), "-m", "playwright", "install", "chromium"]
        run([*playwright, "--with-deps"] if can_apt_install() else playwright, dict(os.environ))
        found = find_chromium()
    if found is None:
        sys.exit(
            "The browser tests need Chromium, and it could not be installed. Install it "
            "(Debian: apt install chromium), or set its path: SHOP_TEST_CHROMIUM=/path/to/chrome"
        )
    return found


def find_chromium() -> Path | None:
    named = os.environ.get("SHOP_TEST_CHROMIUM")
    if named:
        return Path(named)
    names = (
        *("chromium-headless-shell", "chrome-headless-shell"),
        *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    )
    on_path = [Path(found) for found in map(shutil.which, names) if found]
    return next((path for path in [*on_path, *playwright_chromiums()] if answers(path)), None)


def is_shell(browser: Path) -> bool:
    return "SHOP_TEST_CHROMIUM" in os.environ or "headless" in browser.name


def can_apt_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def playwright_chromiums() -> list[Path]:
    """Those that Playwright keeps, the newest first."""
    home = Path.home()
    caches = [home / ".cache" / "ms-playwright", home / "Library" / "Caches" / "ms-playwright"]
    elsewhere = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if elsewhere:
        caches.insert(0, Path(elsewhere))
    places = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")
    found = [
        path for cache in caches for place in places for path in cache.glob(f"chromium-*/{place}")
    ]
    return sorted(found, reverse=True)


def answers(browser: Path) -> bool:
    """Ubuntu's `chromium-browser` may be a stub that only tells how to get the real one."""
    try:
        version = subprocess.run([browser, "--version"], capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return version.returncode == 0


# Telling


def heading(text: str) -> None:
    say(f"\n== {text}")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("\nStopped.")
        sys.exit(INTERRUPTED)
