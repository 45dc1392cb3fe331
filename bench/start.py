"""How fast `shop run` starts, and how much memory a web process takes.

python -m bench.start

Modules are compiled once before, as they are wherever Python may keep what it compiled.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench import ground
from bench.harness import Served, fetch, free_port, table, wait_for

RUNS = 5


def main() -> None:
    """Measure and print."""
    with ground.site() as folder:
        compiled = _keeping_bytecode(folder)
        _run(folder, compiled)
        runs = [_run(folder, compiled) for _ in range(RUNS)]
        bare = [_bare(compiled) for _ in range(RUNS)]
    seconds = [each[0] for each in runs]
    memory, own = zip(*(each[1] for each in runs), strict=True)
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
                f"{statistics.median(bare):.2f} s",
                "",
            ),
            (
                "resident memory of a web process",
                f"{statistics.median(memory):.0f} MB",
                "at most 90 MB",
            ),
            ("of which no other process has", f"{statistics.median(own):.0f} MB", ""),
        ],
        ("what", "median of five", "goal"),
    )


def _keeping_bytecode(folder: Path) -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    return environment | {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def _run(folder: Path, environment: Mapping[str, str]) -> tuple[float, tuple[float, float]]:
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
        fetch(port, ground.ARTICLE)
        return seconds, max(Served(port, process).memory_mb())
    finally:
        process.terminate()
        process.wait(10)


def _bare(environment: Mapping[str, str]) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-c", "import flask, flask_sqlalchemy"]
    subprocess.run(command, env=environment, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
