"""Say what the site is made of. The build calls this (`hatch_build.py`), so every wheel brings its own list.

It is a bill of materials as CycloneDX 1.6 (ECMA-424): each package of `requirements.lock` with its version, the SHA-256
of the files that may be installed, and its licence from `licences.txt`. What only some systems need is in it too. The
same two files give the same bytes, wherever they are read.

`python sbom.py --licences > licences.new`, in an environment that the lock made, writes the list of licences anew
from what the installed packages say, and keeps the lines of packages that are not installed there.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
LOCK = ROOT / "requirements.lock"
LICENCES = ROOT / "licences.txt"
_PACKAGE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.ASCII)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_CLASSIFIER = "License :: OSI Approved :: "


def as_text() -> str:
    """The bill of this checkout, as JSON."""
    bill = bill_of_materials(LOCK.read_text("ascii"), known_licences(LICENCES.read_text("utf-8")))
    return json.dumps(bill, indent=1) + "\n"


def bill_of_materials(lock: str, known: Mapping[str, str]) -> dict[str, Any]:
    """The bill for the text of a lock.

    Raises:
        KeyError: the licence of a package is not known.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "bookstall"}},
        "components": [_component(*each, known) for each in locked(lock)],
    }


def locked(lock: str) -> list[tuple[str, str, list[str]]]:
    """Name, version and hashes of each package of a lock, in its order."""
    found: list[tuple[str, str, list[str]]] = []
    for line in lock.splitlines():
        if package := _PACKAGE.match(line):
            found.append((package["name"], package["version"], []))
        elif found and (digest := _HASH.search(line)):
            found[-1][2].append(digest[1])
    return found


def _component(
    name: str, version: str, digests: list[str], known: Mapping[str, str]
) -> dict[str, Any]:
    address = f"pkg:pypi/{name}@{version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
        "licenses": [_licence(known[name])],
    }


def _licence(said: str) -> dict[str, Any]:
    return {"expression": said} if _SPDX.fullmatch(said) else {"license": {"name": said}}


def known_licences(text: str) -> dict[str, str]:
    """Package and licence of each line."""
    return dict(line.split(": ", 1) for line in text.splitlines() if line)


def licence(of: PackageMetadata) -> str:
    """A package's licence: its SPDX expression, else what its classifiers or its own words say."""
    if expressions := of.get_all("License-Expression"):
        return str(expressions[0])
    classified = [
        each.removeprefix(_CLASSIFIER)
        for each in of.get_all("Classifier") or []
        if each.startswith(_CLASSIFIER)
    ]
    said = (of.get_all("License") or [""])[0].strip().partition("\n")[0]
    return " / ".join(classified) or said


def written_anew(lock: str, known: Mapping[str, str]) -> str:
    """The list of licences for a lock.

    Raises:
        KeyError: a package is neither installed nor known.
    """
    names = sorted({name for name, _version, _digests in locked(lock)})
    return "".join(f"{name}: {_said_by(name) or known[name]}\n" for name in names)


def _said_by(name: str) -> str:
    try:
        return licence(metadata(name))
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    if sys.argv[1:] == ["--licences"]:
        sys.stdout.write(
            written_anew(LOCK.read_text("ascii"), known_licences(LICENCES.read_text("utf-8")))
        )
    else:
        sys.stdout.write(as_text())
