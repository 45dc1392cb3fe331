"""How fast `shop run` starts, and how much memory a web process takes.

python -m bench.start

Modules are compiled once before, as they are wherever Python may keep what it compiled.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench import ground
from bench.harness import Memory, Served, fetch, free_port, table, wait_for

RUNS = 5


def main() -> None:
    """Measure and print."""
    with ground.site() as folder:
        compiled = _keeping_bytecode(folder)
        _run(folder, compiled)
        runs = [_run(folder, compiled) for _ in range(RUNS)]
        bare = [_bare(compiled) for _ in range(RUNS)]
    seconds, busy, used = zip(*runs, strict=True)
    memory, own, share = (statistics.median(each) for each in zip(*used, strict=True))
    bare_seconds, bare_busy = zip(*bare, strict=True)
    times = statistics.median(busy) / statistics.median(bare_busy)
    table(
        "Start and memory",
        [
            (
                "`shop run` to the first answer",
                f"{statistics.median(seconds):.2f} s",
                "at most 1.0 s",
            ),
            (
                "of which: importing Flask and SQLAlchemy alone",
                f"{statistics.median(bare_seconds):.2f} s",
                "",
            ),
            (
                "processor time of both, which other work delays less",
                f"{statistics.median(busy):.2f} and {statistics.median(bare_busy):.2f} s",
                "",
            ),
            ("so in units of the two libraries alone, on any machine", f"{times:.2f}", ""),
            ("resident memory of a web process (RSS)", f"{memory:.0f} MB", "at most 90 MB"),
            ("of which no other process has (USS)", f"{own:.0f} MB", ""),
            (
                "its share, where what several have is divided among them (PSS)",
                f"{share:.0f} MB",
                "",
            ),
        ],
        ("what", "median of five", "goal"),
    )


def _keeping_bytecode(folder: Path) -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    return environment | {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def _run(folder: Path, environment: Mapping[str, str]) -> tuple[float, float, Memory]:
    """Seconds to the first answer; of the processor until then; MB of a worker after an article."""
    port = free_port()
    command = [
        str(Path(sys.executable).parent / "shop"),
        "run",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**environment, **ground.environment(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        seconds = time.perf_counter() - started
        served = Served(port, process)
        busy = served.cpu_seconds()
        fetch(port, ground.ARTICLE)
        return seconds, busy, max(served.memory_mb())
    finally:
        process.terminate()
        process.wait(10)


def _bare(environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds, and seconds of processor."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", "import flask, flask_sqlalchemy"]
    subprocess.run(command, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, busy


if __name__ == "__main__":
    main()
