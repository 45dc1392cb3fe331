"""Keeps the processes that serve: replaces those that die, and all of them without refusing anybody.

The supervisor holds the socket that visitors connect to and starts the workers, which inherit it. It has no thread and
does nothing else, so there is little in it that can fail. A worker that dies alone is replaced alone, the sooner the
longer it had lived; when the supervisor itself is killed, the kernel ends its workers, so that none goes on holding the
port.

To restart, it first lets the code that is installed now say whether it could serve, in a process of its own, and then
becomes that code (`execve`): the same process, the same socket. The workers of before serve until the new ones are
ready. If the new code can't serve, all stays as it was.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn

import structlog

from shop.core.errors import Refused

log = structlog.get_logger(__name__)

RESTART = signal.SIGUSR2
END = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
LET_GO = signal.SIGUSR1
"""Tells a worker to take no new visitor, to finish what it has, and to end."""
HANDOVER = "SHOP_HANDOVER"
"""What the supervisor tells the code that it becomes; nobody else sets it."""

YOUNG_SECONDS = 10.0
"""A worker that dies younger may die again at once: the next one waits a little longer each time."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
ENDS_WITHIN = 15.0
"""Seconds for what a worker has in hand when it is told to end."""
READY_WITHIN = 180.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Handover:
    """What survives a restart: the socket, the workers that still serve, and how often there was one."""

    listening: int
    workers: list[int]
    restarts: int

    @classmethod
    def taken(cls) -> Handover | None:
        """The one that this process was given, if any."""
        given = os.environ.pop(HANDOVER, None)
        return cls(**json.loads(given)) if given else None


@dataclass
class Worker:
    """One place for a process: which one has it, and how those before it fared."""

    number: int
    pid: int = 0
    started_at: float = 0.0
    starts_at: float = 0.0
    deaths_in_a_row: int = 0
    ready: int = -1
    """The reading end of a pipe, until the process has said that it serves."""

    def has_died(self, now: float) -> None:
        """Decide when the next one starts."""
        self._forget_pipe()
        self.pid = 0
        is_young = now - self.started_at < YOUNG_SECONDS
        self.deaths_in_a_row = self.deaths_in_a_row + 1 if is_young else 0
        pause = FIRST_PAUSE * 2 ** (self.deaths_in_a_row - 1) if self.deaths_in_a_row else 0.0
        self.starts_at = now + min(pause, LONGEST_PAUSE)

    @property
    def is_ready(self) -> bool:
        """Whether the process serves."""
        if self.pid and self.ready >= 0:
            try:
                said = os.read(self.ready, 1)
            except BlockingIOError:
                return False
            self._forget_pipe()
            return bool(said)
        return bool(self.pid)

    def _forget_pipe(self) -> None:
        if self.ready >= 0:
            os.close(self.ready)
            self.ready = -1


@dataclass
class _Trial:
    """The code that is installed now, asked whether it could serve."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]

    @classmethod
    def begin(cls, command: Sequence[str]) -> _Trial:
        said = tempfile.TemporaryFile()  # noqa: SIM115 - read when the process has ended
        return cls(subprocess.Popen(command, stdout=said, stderr=said), said)  # noqa: S603 - our own

    def words(self) -> str:
        self.said.seek(0)
        return self.said.read().decode(errors="replace").strip()[-2000:]


@dataclass
class Supervisor:
    """Runs until it is told to end.

    Args:
        listening: what visitors connect to.
        number: how many workers.
        work: what a worker does; it calls what it is given once it serves.
        status: a file that says how things stand, for `shop restart`.
        trial: the command that says whether what is installed now could serve; None where nothing is to be restarted.
    """

    listening: socket.socket
    number: int
    work: Callable[[int, Callable[[], None]], None]
    status: Path
    trial: Sequence[str] | None
    handover: Handover | None = None
    _workers: list[Worker] = field(default_factory=list)
    _before: set[int] = field(default_factory=set)
    _trying: _Trial | None = None
    _is_told: bool = False
    _old_until: float = 0.0

    def run(self) -> None:
        """Serve until a signal of `END`."""
        watched = {*END, RESTART, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        self._workers = [Worker(number + 1) for number in range(self.number)]
        self._before = set(self.handover.workers) if self.handover else set()
        while True:
            self._start_missing()
            self._let_the_old_go()
            told = signal.sigtimedwait(watched, self._pause())
            self._reap()
            if told is not None and told.si_signo in END:
                break
            if told is not None and told.si_signo == RESTART:
                self._begin_trial()
        self._end()

    # Workers

    def _start_missing(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            if not worker.pid and worker.starts_at <= now:
                self._start(worker)

    def _start(self, worker: Worker) -> None:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._be_worker(worker.number, writing, supervisor)
        os.close(writing)
        worker.pid, worker.started_at, worker.ready = pid, time.monotonic(), reading
        log.info("serving.worker_started", worker=worker.number, pid=pid)

    def _be_worker(self, number: int, ready: int, supervisor: int) -> NoReturn:
        status = 1
        try:
            _end_with(supervisor)
            for each in (*END, RESTART):
                signal.signal(each, signal.SIG_IGN if each == RESTART else signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {*END, RESTART, signal.SIGCHLD})
            self.work(number, lambda: _say_ready(ready))
            status = 0
        except BaseException:
            log.exception("serving.worker_failed", worker=number)
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._has_ended(pid, os.waitstatus_to_exitcode(status))

    def _has_ended(self, pid: int, code: int) -> None:
        self._before.discard(pid)
        if self._trying is not None and self._trying.process.pid == pid:
            self._trying.process.returncode = code
            self._end_trial(self._trying, code)
        for worker in self._workers:
            if worker.pid == pid:
                log.error("serving.worker_died", worker=worker.number, pid=pid, code=code)
                worker.has_died(time.monotonic())

    def _let_the_old_go(self) -> None:
        """Once all new workers serve: say so, and end those of before."""
        if self._is_told:
            if self._before and time.monotonic() > self._old_until:
                for pid in self._before:
                    _send(pid, signal.SIGKILL)
            return
        if not all(worker.is_ready for worker in self._workers):
            return
        self._is_told = True
        for pid in self._before:
            _send(pid, LET_GO)
        self._old_until = time.monotonic() + ENDS_WITHIN
        self._tell("")
        _tell_systemd("READY=1")

    def _pause(self) -> float:
        """Until the next look, unless a signal comes before."""
        is_moving = (
            not self._is_told or self._before or any(not worker.pid for worker in self._workers)
        )
        return 0.05 if is_moving else 3600.0

    def _end(self) -> None:
        log.info("serving.ends")
        left = {worker.pid for worker in self._workers if worker.pid} | self._before
        for pid in left:
            _send(pid, signal.SIGTERM)
        until = time.monotonic() + ENDS_WITHIN
        while left and time.monotonic() < until:
            signal.sigtimedwait({signal.SIGCHLD}, 0.2)
            left -= _ended_among(left)
        for pid in left:
            log.warning("serving.worker_killed", pid=pid)
            _send(pid, signal.SIGKILL)
        self.status.unlink(missing_ok=True)

    # Restarting

    def _begin_trial(self) -> None:
        if self.trial is not None and self._trying is None:
            log.info("serving.restart_asked")
            self._trying = _Trial.begin(self.trial)

    def _end_trial(self, trial: _Trial, code: int) -> None:
        self._trying = None
        if code == 0:
            self._become_what_is_installed()
            return
        words = trial.words() or f"it ended with {code}"
        log.error("serving.restart_refused", said=words)
        self._tell(words)

    def _become_what_is_installed(self) -> None:
        serving = [worker.pid for worker in self._workers if worker.pid]
        handover = Handover(self.listening.fileno(), [*serving, *self._before], self._restarts + 1)
        self.listening.set_inheritable(True)
        os.environ[HANDOVER] = json.dumps(vars(handover))
        sys.stderr.flush()
        try:
            os.execv(sys.argv[0], sys.argv)  # noqa: S606 - our own command, as it was started
        except OSError as error:
            del os.environ[HANDOVER]
            log.exception("serving.restart_failed")
            self._tell(str(error))

    @property
    def _restarts(self) -> int:
        return self.handover.restarts if self.handover else 0

    def _tell(self, problem: str) -> None:
        told = {
            "pid": os.getpid(),
            "began_at": began_at(os.getpid()),
            "workers": self.number,
            "restarts": self._restarts,
            "problem": problem,
            "told_at": time.time(),
        }
        part = self.status.with_suffix(".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(told), encoding="ascii")
        part.replace(self.status)


def began_at(pid: int) -> str:
    """When a process began, in the kernel's ticks; a later one of the same number has another. Empty: there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def inherited_socket(handover: Handover | None) -> socket.socket | None:
    """The socket of before a restart, or the one that systemd holds for us (sd_listen_fds(3)); None: there is none."""
    if handover is not None:
        return socket.socket(fileno=handover.listening)
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return socket.socket(fileno=3)
    return None


def restart(status: Path) -> int:
    """Let the site restart whose supervisor writes this file; returns how many workers serve now.

    Raises:
        Refused: none runs, or what is installed now can't serve.
    """
    before = _told(status)
    if before is None or began_at(before["pid"]) != before["began_at"]:
        raise Refused("No site is running here at this port. Start it with `shop run`.")
    os.kill(before["pid"], RESTART)
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        time.sleep(0.1)
        now = _told(status)
        if now is None or now["told_at"] == before["told_at"]:
            continue
        if now["problem"]:
            raise Refused(
                f"The site runs on as before, because this could not start: {now['problem']}"
            )
        return int(now["workers"])
    raise Refused(
        f"The new processes were not ready within {READY_WITHIN:.0f} seconds. See the log."
    )


def _told(status: Path) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(status.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return told


def _end_with(supervisor: int) -> None:
    """Let the kernel end this process when the supervisor is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(1)


def _say_ready(pipe: int) -> None:
    os.write(pipe, b"1")
    os.close(pipe)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _ended_among(pids: set[int]) -> set[int]:
    ended = set()
    for pid in pids:
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                ended.add(pid)
        except ChildProcessError:
            ended.add(pid)
    return ended


def _tell_systemd(words: str) -> None:
    """Tell the service manager, where one listens (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        try:
            manager.connect("\0" + address[1:] if address.startswith("@") else address)
            manager.sendall(words.encode())
        except OSError as error:
            log.warning("serving.systemd_unreachable", error=repr(error))
