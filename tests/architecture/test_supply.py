"""What the site is made of: each package is listed, with its licence, and none is there that only building needs."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest

import sbom

LOCK = sbom.LOCK.read_text(encoding="ascii")
KNOWN = sbom.known_licences(sbom.LICENCES.read_text(encoding="utf-8"))


def test_each_locked_package_is_listed_with_version_hashes_and_licence():
    bill = sbom.bill_of_materials(LOCK, KNOWN)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {part["name"] for part in bill["components"]}
    assert {"flask", "sqlalchemy", "stripe", "pillow", "tzdata"} <= listed
    assert len(listed) > 50
    for part in bill["components"]:
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        assert part["hashes"], part["name"]
        [licence] = part["licenses"]
        assert licence.get("expression") or licence["license"]["name"]


def test_the_list_of_licences_says_what_the_packages_say():
    assert sbom.written_anew(LOCK, KNOWN) == sbom.LICENCES.read_text(encoding="utf-8")


def test_a_package_without_a_known_licence_stops_the_build():
    with pytest.raises(KeyError):
        sbom.bill_of_materials("no-such-package==1.0\n", KNOWN)


def test_what_builds_a_site_is_not_where_it_runs():
    """What only building needs is in a lock of its own; dev.py removes it again when it has built."""
    runs, builds = (_names(sbom.ROOT / f"requirements{kind}.lock") for kind in ("", "-build"))
    project = tomllib.loads((sbom.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    backend = {_name(each) for each in project["build-system"]["requires"]}
    assert backend <= builds
    needed = {_name(each) for name in runs | {"bookstall"} for each in _requirements(name)}
    assert runs & builds <= needed
    assert not runs & (backend - needed | {"build", "editables", "pip", "setuptools", "wheel"})


def _names(lock: Path) -> set[str]:
    return {name for name, _version, _digests in sbom.locked(lock.read_text(encoding="ascii"))}


def _requirements(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:  # meant for another system
        return []


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")
