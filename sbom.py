"""Say what the site is made of: `python sbom.py > bookstall.cdx.json`, in the environment that the lock makes.

A bill of materials as CycloneDX 1.6 (ECMA-424): each package of `requirements.lock` with its version, the SHA-256 of
the files that may be installed, and its licences. What only other systems need is left out. The same lock and system
give the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, PackageMetadata, metadata
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent / "requirements.lock"
_PACKAGE = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<elsewhere>\s*;)?", re.ASCII
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CLASSIFIER = "License :: OSI Approved :: "


def bill_of_materials(lock: str) -> dict[str, Any]:
    """The bill for the text of a lock.

    Raises:
        PackageNotFoundError: a package of the lock is not installed here.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "bookstall"}},
        "components": [_component(*each) for each in locked(lock)],
    }


def locked(lock: str) -> list[tuple[str, str, list[str]]]:
    """Name, version and hashes of each package of a lock that this system needs, in its order."""
    found: list[tuple[str, str, list[str]]] = []
    for line in lock.splitlines():
        if package := _PACKAGE.match(line):
            found.append((package["name"], package["version"], []))
        elif found and (digest := _HASH.search(line)):
            found[-1][2].append(digest[1])
    return [each for each in found if each[0] not in _needed_elsewhere(lock)]


def _needed_elsewhere(lock: str) -> set[str]:
    marked = {
        package["name"]
        for line in lock.splitlines()
        if (package := _PACKAGE.match(line)) and package["elsewhere"]
    }
    return {name for name in marked if not any(Distribution.discover(name=name))}


def _component(name: str, version: str, digests: list[str]) -> dict[str, Any]:
    address = f"pkg:pypi/{name}@{version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
        "licenses": licences(metadata(name)),
    }


def licences(of: PackageMetadata) -> list[dict[str, Any]]:
    """A package's licences: its SPDX expression, else what its classifiers or its own words say."""
    if expressions := of.get_all("License-Expression"):
        return [{"expression": expressions[0]}]
    classified = [
        each.removeprefix(_CLASSIFIER)
        for each in of.get_all("Classifier") or []
        if each.startswith(_CLASSIFIER)
    ]
    said = (of.get_all("License") or [""])[0].strip().partition("\n")[0]
    return [{"license": {"name": name}} for name in classified or [said] if name]


if __name__ == "__main__":
    json.dump(bill_of_materials(LOCK.read_text(encoding="ascii")), sys.stdout, indent=1)
    sys.stdout.write("\n")
