"""Measuring: servers as processes, their CPU time from the kernel, contenders in turn within one run.

Absolute numbers drift with the machine. So every figure is a ratio against a peer or limit that was measured in the
same run, interleaved, and the cost of a request is the CPU time that the server's processes spent on it, which does
not depend on how fast the client can ask.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs: its port and the process at its root."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """User and system time of the process and its children so far."""
        return cpu_seconds_of(self.process.pid)

    def memory_mb(self) -> list[Memory]:
        """Of each process that serves, the least first. The supervising one is left out."""
        return sorted(_memory_mb(pid) for pid in family(self.process.pid)[1:])


class Memory(NamedTuple):
    """Of a process, in MB: what is there of it, how much of that no other process has, and its share of all of it,
    where what several processes have is divided among them."""

    resident: float
    own: float
    share: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: requests a second as seen by the client, CPU milliseconds a request as spent by the server."""

    per_second: float
    cpu_ms: float


@contextlib.contextmanager
def serving(code: str, *, environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Run Python `code` that serves on `PORT` (a name it may use), until the block ends."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", f"PORT = {port}\n{code}"],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield Served(port, process)
    finally:
        members = family(process.pid)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        for pid in members:  # no process may go on working while the results are read
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def hammer(
    served: Served,
    path: str,
    *,
    requests: int,
    headers: Sequence[str] = (),
    form: Callable[[int], str] | None = None,
    before_each: Callable[[], object] | None = None,
    connections: int = 4,
) -> Measured:
    """Ask `requests` times over a few kept connections, each one request at a time.

    Args:
        form: the body of the nth request, URL-encoded; with it the requests are POSTs, answered by a redirect.
        before_each: done in this process before each request, so that it costs the server nothing; then they come over
            one connection.

    Raises:
        RuntimeError: an answer was not 200, or not 303 to a form.
    """
    numbers = count()

    def message() -> bytes:
        body = form(next(numbers)).encode() if form else b""
        lines = [f"{'POST' if form else 'GET'} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
        if form:
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    status = b"303" if form else b"200"
    connections = 1 if before_each else connections
    clients = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(connections)]
    try:
        before, started = served.cpu_seconds(), time.perf_counter()
        for _ in range(requests // connections):
            for client in clients:
                if before_each is not None:
                    before_each()
                client.sendall(message())
            for client in clients:
                _read_answer(client, status)
        elapsed = time.perf_counter() - started
        cpu = served.cpu_seconds() - before
    finally:
        for client in clients:
            client.close()
    done = requests // connections * connections
    return Measured(done / elapsed, cpu * 1000 / done)


def in_turn(
    contenders: Mapping[str, Callable[[], Measured]], rounds: int = 5
) -> dict[str, Measured]:
    """Measure each contender in each round; the medians. The first round warms up and does not count."""
    results: dict[str, list[Measured]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, measure in contenders.items():
            result = measure()
            if turn:
                results[name].append(result)
    return {
        name: Measured(
            statistics.median(each.per_second for each in found),
            statistics.median(each.cpu_ms for each in found),
        )
        for name, found in results.items()
    }


def table(title: str, rows: Iterable[Sequence[str]], heading: Sequence[str]) -> None:
    """Print a small Markdown table, ready for docs/performance.md, each row as soon as it is there."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(heading) + " |")
    print("|" + "---|" * len(heading), flush=True)
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def fetch(port: int, path: str, **headers: str) -> tuple[bytes, Mapping[str, str]]:
    """One request; body and headers (lower-case names)."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def end_within(seconds: float) -> None:
    """Let this command end with an error when it is not done by then, in good order: what it has started ends first.

    Only in the main thread. Nobody who waits for a bench has to guess whether it hangs.
    """

    def give_up(*_told: object) -> None:
        signal.alarm(0)
        raise TimeoutError(f"not done within {seconds:g} s")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(round(seconds))


def free_port() -> int:
    """A port of loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 0.2) as client,
        ):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            client.settimeout(5)
            if client.recv(12).startswith(b"HTTP/1.1"):
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not answer")


def _read_answer(client: socket.socket, status: bytes) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            raise RuntimeError("the server hung up")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 " + status):
        raise RuntimeError(head.split(b"\r\n", 1)[0].decode())
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    missing = length - len(body)
    while missing > 0:
        missing -= len(client.recv(min(missing, 1 << 20)))


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run, the oldest first."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted(int(child) for task in tasks for child in task.read_text().split())


def age_of(pid: int) -> float:
    """Seconds since a process was started."""
    started = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]) / TICK
    return float(Path("/proc/uptime").read_text().split()[0]) - started


def family(pid: int) -> list[int]:
    """A process, its children, and theirs."""
    members = [pid]
    for member in members:
        members.extend(children(member))
    return members


def cpu_seconds_of(root: int) -> float:
    """User and system time of a process and all that it has started so far, those included that have ended."""
    return sum(_cpu_seconds(pid) for pid in family(root))


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:  # it has ended meanwhile: its parent tells
        return 0.0
    return sum(map(int, fields[11:15])) / TICK


def _memory_mb(pid: int) -> Memory:
    found = dict.fromkeys(("Rss", "Pss", "Private_Clean", "Private_Dirty"), 0.0)
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        if name[:-1] in found:
            found[name[:-1]] = int(value) * 1024 / 1_000_000
    own = found["Private_Clean"] + found["Private_Dirty"]
    return Memory(found["Rss"], own, found["Pss"])
