"""An older release becomes this one and is taken back, while people read and buy through nginx: nobody is refused.

python -m bench.upgrade COMMIT [--seconds 20] [--packages]

COMMIT and the code that is checked out here are built as wheels, each installed in an environment of its own. Packages
are taken from the one that runs this, as bench.guide does; with `--packages` the older one has those of its own lock.
The older one is brought up by `deploy/processes.py` and filled with its own demo; then what docs/operating.md says is
done: `db upgrade`, one host restarted after the other, the workers ended; and after a while the same back, without
`db upgrade`, so that the older code runs on the newer tables. Ends with 1 when a request was refused or a form was, the
wrong release served, or money or mails are not exact (`bench.soak.verdict`).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bench.harness import ROOT, end_within, fetch, table
from bench.restarts import SAYS
from bench.soak import verdict
from bench.soak.letterbox import letterbox
from bench.soak.people import Crowd
from bench.soak.whole import Release, Whole, alone, brought_up
from shop.extensions import db

ENDS_WITHIN = 2400.0
SETTLES_WITHIN = 900.0
"""Seconds: people buy for as long as four restarts take."""
PEOPLE = 2
GIT = shutil.which("git") or "git"
OLD, NEW = "ok", "ok, and newer"
HEALTH = "shop/blueprints/health/views.py"
HOSTS = (1, 2)
TAKEN = {"303", "200"}
FILL = """
import dataclasses, json, pathlib, sys
from bench.soak.whole import Whole
folder = pathlib.Path(sys.argv[1])
told = dict(folder=folder, front=folder / "front", port=int(sys.argv[2]), smtp_url=sys.argv[3])
told |= dict(process=None, has_small_disk=False)
known = {field.name for field in dataclasses.fields(Whole)}
whole = Whole(**{name: value for name, value in told.items() if name in known})
whole.fill()
print(json.dumps([whole.variants, whole.sold_out_slug]))
"""


_LEFT = text(
    "SELECT kind, count(*), coalesce(max(error), '') FROM job"
    " WHERE state <> 'done' AND kind NOT LIKE 'periodic:%'"
    " AND (error IS NOT NULL OR run_at < now() + interval '10 minutes')"
    " GROUP BY kind ORDER BY kind"
)


@dataclass(frozen=True)
class Releases:
    """Two releases, and the link that names the one that runs."""

    folder: Path

    @property
    def current(self) -> Path:
        return self.folder / "current"

    def make(self, name: str, commit: str = "", *, its_packages: bool = False) -> Release:
        """Check out a commit, or the tree here if none is named, build it and install it.

        Args:
            its_packages: install what its own lock names, too, instead of taking what is here.
        """
        checkout, place = self.folder / f"checkout-{name}", self.folder / name
        _check_out(commit, checkout)
        build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
        _run(*build, "--wheel-dir", self.folder / f"wheels-{name}", checkout)
        _run(sys.executable, "-m", "venv", place)
        (wheel,) = (self.folder / f"wheels-{name}").glob("bookstall-*.whl")
        if its_packages:
            locked = ["--require-hashes", "--requirement", checkout / "requirements.lock"]
            _run(place / "bin/pip", "install", "--quiet", *locked)
        _run(place / "bin/pip", "install", "--no-deps", "--no-index", "--quiet", wheel)
        (packages,) = place.glob("lib/python3*/site-packages")
        here = next(path for path in sys.path if path.endswith("site-packages"))
        (packages / "packages.pth").write_text(f"{here}\n")
        if name == "new":
            health = packages / HEALTH
            health.write_text(health.read_text().replace(SAYS, f'_plain("{NEW}\\n")'))
        return Release(self.current / "bin/python", checkout)

    def name(self, name: str) -> None:
        """Let the link name a release; nothing happens before a restart."""
        new = self.folder / "link"
        new.symlink_to(name)
        new.rename(self.current)


def main() -> int:
    """Upgrade, take back, print, and say whether all is well."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commit", help="the older release")
    parser.add_argument(
        "--packages", action="store_true", help="install those that the older one's lock names"
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="that each release serves")
    asked = parser.parse_args()
    end_within(ENDS_WITHIN)
    with tempfile.TemporaryDirectory(prefix="upgrade-") as name, letterbox() as box:
        releases = Releases(Path(name))
        older = releases.make("old", asked.commit, its_packages=asked.packages)
        releases.make("new")
        releases.name("old")
        with brought_up(box.url, release=older) as whole:
            _fill(whole, older)
            crowd = Crowd(whole, people=PEOPLE)
            crowd.come()
            time.sleep(asked.seconds)
            faults = [*_become(whole, releases, "new", NEW, upgrades=True)]
            time.sleep(asked.seconds)
            faults += _become(whole, releases, "old", OLD)
            time.sleep(asked.seconds)
            crowd.go()
            with whole.opened():
                settling = verdict.settle(SETTLES_WITHIN)
                found = list(verdict.findings(whole, crowd.told, box))
                faults += _left_over()
    return _judged(crowd, faults, found, settling)


def _become(
    whole: Whole, releases: Releases, name: str, says: str, *, upgrades: bool = False
) -> Iterator[str]:
    """What docs/operating.md says, a command after the other; from it comes what went wrong."""
    releases.name(name)
    if upgrades:
        yield from _command(whole, 1, "db", "upgrade")
    for host in HOSTS:
        yield from _command(whole, host, "restart", "--port", str(whole.port + host))
    for host in HOSTS:
        os.kill(whole.pid(f"worker-{host}"), signal.SIGTERM)
    for host in HOSTS:
        said = fetch(whole.port + host, "/healthz")[0].decode().strip()
        if said != says:
            yield f"host {host} says {said!r} and not {says!r}"


def _command(whole: Whole, host: int, *words: str) -> Iterator[str]:
    began = time.monotonic()
    done = subprocess.run(
        [whole.folder / f"shop-{host}", *words], env=alone(), capture_output=True, text=True
    )
    print(f"shop-{host} {' '.join(words)}: {time.monotonic() - began:.1f} s", flush=True)
    if done.returncode:
        yield f"shop-{host} {' '.join(words)} ended with {done.returncode}: {done.stderr[-500:]}"


def _left_over() -> Iterator[str]:
    """Jobs that wait or were given up, by kind: a release may not know those of another."""
    for kind, number, error in db.session.execute(_LEFT):
        said = str(error).strip().rpartition("\n")[2]
        yield f"{number} × {kind} not done: {said or 'not tried'}"


def _judged(crowd: Crowd, faults: list[str], found: list[verdict.Finding], settling: float) -> int:
    told = crowd.told
    asked = len(told.read_seconds) + len(told.unread)
    rows = [("readers answered", f"{len(told.read_seconds):,} of {asked:,}")]
    rows += [("slowest of them, s", f"{max(told.read_seconds):.2f}")]
    rows += [(f"answers to buyers: {what}", f"{n}") for what, n in sorted(told.buyers.items())]
    rows += [(f"people: {what}", f"{n}") for what, n in sorted(told.outcomes.items())]
    table("People while the site was upgraded and taken back", rows, ("what", "figure"))
    table(
        f"When all had settled, after {settling:.0f} s",
        [(each.what, f"{each.found:g}", f"{each.must:g}") for each in found],
        ("what", "found", "must be"),
    )
    faults += [f"a reader: {each}" for each in told.unread]
    faults += [f"{n} × {what} to a buyer" for what, n in told.buyers.items() if what[0] in "n5"]
    faults += [
        f"{n} × {what}"
        for what, n in told.outcomes.items()
        if what.split(": ")[1] not in TAKEN | {"bought", "sold out"}
    ]
    faults += [f"{e.what}: {e.found:g}, not {e.must:g}" for e in found if not e.is_right]
    for fault in faults:
        print(f"WRONG: {fault}")
    return 1 if faults else 0


def _fill(whole: Whole, release: Release) -> None:
    """Let the older release write its own demo, and what will be bought."""
    told = subprocess.run(
        [release.python, "-c", FILL, whole.folder, str(whole.port), whole.smtp_url],
        cwd=release.checkout,
        env=alone(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    whole.variants, whole.sold_out_slug = json.loads(told.splitlines()[-1])


def _check_out(commit: str, folder: Path) -> None:
    if not commit:
        ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".pyc", "instance")
        shutil.copytree(ROOT, folder, ignore=ignored)
        return
    packed = subprocess.run(
        [GIT, "archive", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")


def _run(*command: str | Path) -> None:
    subprocess.run(list(command), env=alone(), check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
